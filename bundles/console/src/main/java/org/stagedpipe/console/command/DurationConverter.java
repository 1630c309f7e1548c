package org.stagedpipe.console.command;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads `500ms`, `30s`, `2m`, `1h`.
public final class DurationConverter implements ITypeConverter<Duration> {

    private static final Pattern TEXT = Pattern.compile("([0-9]{1,6})(ms|s|m|h)");
    private static final Duration MAX = Duration.ofHours(24);

    /// The same, and `0s`.
    static final class OrZero implements ITypeConverter<Duration> {

        private static final Pattern ZERO = Pattern.compile("0(ms|s|m|h)?");

        @Override
        public Duration convert(String value) {
            return ZERO.matcher(value).matches()
                    ? Duration.ZERO
                    : new DurationConverter().convert(value);
        }
    }

    @Override
    public Duration convert(String value) {
        Matcher matcher = TEXT.matcher(value.toLowerCase(Locale.ROOT));
        if (matcher.matches()) {
            long number = Long.parseLong(matcher.group(1));
            Duration duration =
                    switch (String.valueOf(matcher.group(2))) {
                        case "ms" -> Duration.ofMillis(number);
                        case "s" -> Duration.ofSeconds(number);
                        case "m" -> Duration.ofMinutes(number);
                        default -> Duration.ofHours(number);
                    };
            if (duration.isPositive() && duration.compareTo(MAX) <= 0) {
                return duration;
            }
        }
        throw new TypeConversionException(
                "\"" + value + "\" (expected: 500ms, 30s, 2m or the like, at most 24h)");
    }
}
