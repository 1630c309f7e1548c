package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/// Keeps the program in the README true.
class ReadmeTest {

    @Test
    void theReadmesProgramIsTheOneThatIsTested() throws IOException {
        String source = Files.readString(Path.of("src/test/java/org/stagedpipe/engine/Shop.java"));
        String body = source.substring(source.indexOf("    record Order"), source.lastIndexOf('}'));
        String readme = Files.readString(Path.of("README.md"));
        int begin = readme.indexOf("```java\n") + 8;
        assertEquals(
                body.stripTrailing().stripIndent(),
                readme.substring(begin, readme.indexOf("```", begin)).strip());
    }

    @Test
    void theTestsThatItNamesExist() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        var named = Pattern.compile("`(\\w+Test)?(?:#(\\w+))?`").matcher(readme);
        List<String> missing = new ArrayList<>();
        Class<?> of = ReadmeTest.class;
        int found = 0;
        while (named.find()) {
            if (named.group(1) != null) {
                of = Class.forName(ReadmeTest.class.getPackageName() + "." + named.group(1));
            }
            String method = named.group(2);
            if (method != null) {
                found++;
                if (Arrays.stream(of.getDeclaredMethods())
                        .noneMatch(m -> m.getName().equals(method))) {
                    missing.add(of.getSimpleName() + "#" + method);
                }
            }
        }
        assertEquals(List.of(), missing);
        assertTrue(found > 50, "tests named: " + found);
    }

    @Test
    void theReadmesProgramPrintsWhatItSays() throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            Shop.main(new String[0]);
        } finally {
            System.setOut(out);
        }
        assertEquals(
                List.of(
                        "Ok[sequence=0, data=Order[item=tea, cents=250]]",
                        "Ok[sequence=1, data=Order[item=milk, cents=90]]",
                        "Failed[sequence=2, fault=Fault[kind=STAGE, stage=price, attempt=1,"
                                + " text=NullPointerException: no price of ink, retryable=false]]"),
                printed.toString(StandardCharsets.UTF_8).lines().toList());
    }
}
