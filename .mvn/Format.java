import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Formats every Java file below the working directory, or says which ones are not formatted.
///
/// `check` exits 1 if there is one; `write` rewrites them.
public class Format {

    public static void main(String[] arguments) throws IOException, FormatterException {
        boolean write = switch (arguments.length == 1 ? arguments[0] : "") {
            case "check" -> false;
            case "write" -> true;
            default -> throw new IllegalArgumentException("expected: check or write");
        };
        Formatter formatter = new Formatter(JavaFormatterOptions.builder()
                .style(JavaFormatterOptions.Style.AOSP)
                .formatJavadoc(false)
                .build());
        int differing = 0;
        for (Path file : sources()) {
            String is = Files.readString(file);
            String shouldBe = format(formatter, is);
            if (!is.equals(shouldBe)) {
                differing++;
                System.err.println((write ? "formatted: " : "not formatted: ") + file);
                if (write) {
                    Files.writeString(file, shouldBe);
                }
            }
        }
        if (differing > 0 && !write) {
            System.err.println(differing + " files are not formatted; mvn -N validate exec:exec -Dformat=write does it");
            System.exit(1);
        }
    }

    /// One pass can leave lines that the next one changes.
    private static String format(Formatter formatter, String source) throws FormatterException {
        String before = source;
        for (int pass = 0; pass < 4; pass++) {
            String after = formatter.formatSourceAndFixImports(RemoveUnusedImports.removeUnusedImports(before));
            if (after.equals(before)) {
                return after;
            }
            before = after;
        }
        return before;
    }

    private static List<Path> sources() throws IOException {
        try (var files = Files.walk(Path.of(""))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.toString().matches("(.*/)?(target|archetype-resources|\\.mvn)/.*"))
                    .sorted()
                    .toList();
        }
    }
}
