package org.stagedpipe.console.command;

import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;

import org.jspecify.annotations.Nullable;

/// Escapes in JSON whatever a terminal obeys, of which Jackson by itself escapes only what the standard asks for: the same JSON to
/// programs.
final class JsonEscapes extends CharacterEscapes {

    private static final long serialVersionUID = 1;
    private static final int DELETE = 0x7f;

    @Override
    public int[] getEscapeCodesForAscii() {
        int[] codes = CharacterEscapes.standardAsciiEscapesForJSON();
        codes[DELETE] = CharacterEscapes.ESCAPE_STANDARD;
        return codes;
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int character) {
        return Values.isCommand((char) character)
                ? new SerializedString("\\u%04X".formatted(character))
                : null;
    }
}
