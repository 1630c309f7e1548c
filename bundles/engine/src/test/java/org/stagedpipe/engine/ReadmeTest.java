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
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

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
        var named = Pattern.compile("`(\\w+(?:Test|IT))?(?:#(\\w+))?`").matcher(readme);
        List<String> missing = new ArrayList<>();
        String of = "ReadmeTest";
        int found = 0;
        while (named.find()) {
            if (named.group(1) != null) {
                of = named.group(1);
            }
            String method = named.group(2);
            if (method != null) {
                found++;
                if (!source(of).contains("void " + method + "(")) {
                    missing.add(of + "#" + method);
                }
            }
        }
        assertEquals(List.of(), missing);
        assertTrue(found > 50, "tests named: " + found);
    }

    private static String source(String test) throws IOException {
        String packages = "src/test/java/org/stagedpipe/";
        List<Path> files =
                List.of(
                        Path.of(packages, "engine", test + ".java"),
                        Path.of("../testkit", packages, "testkit", test + ".java"),
                        Path.of("../../itests", packages, "itests/cluster", test + ".java"));
        return Files.readString(files.stream().filter(Files::exists).findFirst().orElseThrow());
    }

    @Test
    void eachRowHasATestNamedAfterIt() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        Stream<String> rows =
                Stream.concat(
                        IntStream.rangeClosed(1, 25)
                                .filter(row -> row != 18 && row != 20 && row != 21) // no rows
                                .mapToObj(row -> String.format(Locale.ROOT, "e%02d", row)),
                        IntStream.rangeClosed(1, 7).mapToObj(row -> "w" + row));
        assertEquals(List.of(), rows.filter(row -> !readme.contains("#" + row)).toList());
    }

    /// Where plugin authors read.
    @Test
    void e25AdviceStandsInTheApiAndInTheGeneratedProject() throws IOException {
        Path api = Path.of("../api/src/main/java/org/stagedpipe/api");
        String javadoc =
                Files.readString(api.resolve("StageFunction.java"))
                        + Files.readString(api.resolve("StateMachine.java"))
                        + Files.readString(api.resolve("Request.java"));
        String generated =
                Files.readString(
                        Path.of(
                                "../../plugin-archetype/src/main/resources/archetype-resources",
                                "README.md"));
        for (String text : List.of(javadoc, generated)) {
            String words = text.replaceAll("\\s+(///\\s+)?", " ");
            for (String advice :
                    List.of(
                            "ut bulk objects into a",
                            "Start no threads",
                            "pipelines × stages",
                            "a fault in the data belongs in the data")) {
                assertTrue(words.contains(advice), () -> advice + " in " + words);
            }
        }
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
