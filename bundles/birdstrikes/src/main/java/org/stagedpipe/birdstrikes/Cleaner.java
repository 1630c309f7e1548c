package org.stagedpipe.birdstrikes;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.FaultException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// The first stage: exact duplicates out, lines into fields, blanks and thousands separators away.
public final class Cleaner {

    private static final int FIELDS = Field.values().length;
    private static final Pattern WITH_THOUSANDS = Pattern.compile("-?\\d{1,3}(,\\d{3})+");

    private Cleaner() {}

    /// @throws FaultException if a line has not one value for each field
    public static CleanLines clean(Lines batch) throws FaultException {
        Set<String> seen = new HashSet<>();
        List<CleanLine> clean = new ArrayList<>();
        for (Line line : batch.lines()) {
            if (seen.add(line.text())) {
                clean.add(new CleanLine(line, values(line)));
            }
        }
        return new CleanLines(batch.lines().size(), clean);
    }

    private static List<@Nullable String> values(Line line) throws FaultException {
        CSVRecord fields = parse(line);
        if (fields == null || fields.size() != FIELDS) {
            int found = fields == null ? 0 : fields.size();
            throw BadLine.of(line, found + " fields (expected: " + FIELDS + ")");
        }
        List<@Nullable String> values = new ArrayList<>(FIELDS);
        for (String field : fields) {
            values.add(clean(field));
        }
        return values;
    }

    private static @Nullable CSVRecord parse(Line line) throws FaultException {
        try (CSVParser parser = CSVParser.parse(line.text(), CSVFormat.RFC4180)) {
            List<CSVRecord> records = parser.getRecords();
            if (records.size() > 1) {
                throw BadLine.of(line, records.size() + " records (expected: 1)");
            }
            return records.isEmpty() ? null : records.getFirst();
        } catch (IOException | UncheckedIOException e) {
            throw BadLine.of(line, "not CSV (" + e.getMessage() + ")");
        }
    }

    private static @Nullable String clean(String field) {
        String trimmed = field.strip();
        if (trimmed.isEmpty()) {
            return null;
        }
        return WITH_THOUSANDS.matcher(trimmed).matches() ? trimmed.replace(",", "") : trimmed;
    }
}
