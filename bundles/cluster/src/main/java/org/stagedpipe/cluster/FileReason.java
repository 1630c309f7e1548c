package org.stagedpipe.cluster;

import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/// Why something could not be done with a file, for a message: the text of several of the JDK's exceptions is the file alone.
public final class FileReason {

    private FileReason() {}

    /// The file and the reason; of any other exception its text.
    public static String of(Exception e) {
        return switch (e) {
            case NoSuchFileException gone -> gone.getFile() + ": there is no such file";
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            case FileAlreadyExistsException there -> there.getFile() + ": is there already";
            case DirectoryNotEmptyException full -> full.getFile() + ": is not empty";
            case NotDirectoryException file -> file.getFile() + ": is no folder";
            case FileSystemException other when other.getReason() == null ->
                    other.getFile() + ": cannot be used";
            default -> String.valueOf(e.getMessage());
        };
    }
}
