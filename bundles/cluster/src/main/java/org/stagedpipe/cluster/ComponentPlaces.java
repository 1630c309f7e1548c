package org.stagedpipe.cluster;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// Where a bundle has the descriptions of its Declarative Services components: its header `Service-Component`, paths with
/// `*` in the last part, comma-separated.
final class ComponentPlaces {

    private static final int MAX_PLACES = 1_000;

    /// Each costs a look at all entries.
    private static final int MAX_PATTERNS = 10;

    private final ZipFile zip;
    private final Map<String, ZipEntry> found = new LinkedHashMap<>();
    private int patterns;

    private ComponentPlaces(ZipFile zip) {
        this.zip = zip;
    }

    /// What is in these places, each entry once. Places where nothing is are passed over, as Declarative Services does.
    ///
    /// @throws BrokenZipException if these are too many places
    static Collection<ZipEntry> of(ZipFile zip, String header) throws BrokenZipException {
        String[] places = header.split(",", MAX_PLACES + 1);
        if (places.length > MAX_PLACES) {
            throw new BrokenZipException(
                    "Service-Component: more than " + MAX_PLACES + " places",
                    "at most " + MAX_PLACES);
        }
        ComponentPlaces all = new ComponentPlaces(zip);
        for (String place : places) {
            all.add(place.strip());
        }
        return all.found.values();
    }

    private void add(String place) throws BrokenZipException {
        String last = place.substring(place.lastIndexOf('/') + 1);
        if (last.indexOf('*') < 0) {
            ZipEntry entry = zip.getEntry(place);
            if (entry != null && !entry.isDirectory()) {
                found.put(entry.getName(), entry);
            }
            return;
        }
        patterns++;
        if (patterns > MAX_PATTERNS) {
            throw new BrokenZipException(
                    "Service-Component: more than " + MAX_PATTERNS + " places with *",
                    "at most " + MAX_PATTERNS);
        }
        String folder = place.substring(0, place.length() - last.length());
        String[] pieces = last.split("\\*+", -1);
        zip.stream()
                .filter(entry -> matches(entry.getName(), folder, pieces))
                .forEach(entry -> found.put(entry.getName(), entry));
    }

    /// Takes each piece where it comes first: no other choice finds more.
    private static boolean matches(String name, String folder, String[] pieces) {
        String end = pieces[pieces.length - 1];
        int at = folder.length() + pieces[0].length();
        if (!name.startsWith(folder)
                || !name.startsWith(pieces[0], folder.length())
                || name.indexOf('/', folder.length()) >= 0
                || !name.endsWith(end)) {
            return false;
        }
        for (int i = 1; i < pieces.length - 1; i++) {
            int next = name.indexOf(pieces[i], at);
            if (next < 0) {
                return false;
            }
            at = next + pieces[i].length();
        }
        return at + end.length() <= name.length();
    }
}
