package org.stagedpipe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

class FileReasonTest {

    @Test
    void saysMoreThanTheFile() {
        assertEquals("/x: there is no such file", FileReason.of(new NoSuchFileException("/x")));
        assertEquals("/x: permission denied", FileReason.of(new AccessDeniedException("/x")));
        assertEquals("/x: is there already", FileReason.of(new FileAlreadyExistsException("/x")));
        assertEquals("/x: is not empty", FileReason.of(new DirectoryNotEmptyException("/x")));
        assertEquals("/x: is no folder", FileReason.of(new NotDirectoryException("/x")));
        assertEquals("/x: cannot be used", FileReason.of(new FileSystemException("/x")));
        assertEquals("/x: Is full", FileReason.of(new FileSystemException("/x", null, "Is full")));
        assertEquals("no file", FileReason.of(new IOException("no file")));
    }
}
