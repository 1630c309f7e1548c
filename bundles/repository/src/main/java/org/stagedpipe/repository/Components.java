package org.stagedpipe.repository;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// The Declarative Services components of a bundle, as far as one asks what they provide.
final class Components {

    private final ZipFile zip;
    private final XMLInputFactory factory = XMLInputFactory.newDefaultFactory();

    Components(ZipFile zip) {
        this.zip = zip;
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    }

    /// The interfaces that the components in these places provide.
    ///
    /// @param places the header Service-Component: paths with `*` in the last part
    /// @throws XMLStreamException if one of them is no XML
    List<String> provided(String places) throws IOException, XMLStreamException {
        List<? extends ZipEntry> found =
                Stream.of(places.split(",", -1))
                        .map(String::strip)
                        .filter(place -> !place.isEmpty())
                        .map(Components::pattern)
                        .flatMap(pattern ->
                                zip.stream().filter(e -> pattern.matcher(e.getName()).matches()))
                        .toList();
        List<String> interfaces = new ArrayList<>();
        for (ZipEntry entry : found) {
            try (InputStream in = zip.getInputStream(entry)) {
                read(factory.createXMLStreamReader(in), interfaces);
            }
        }
        return interfaces;
    }

    private static void read(XMLStreamReader reader, List<String> interfaces)
            throws XMLStreamException {
        while (reader.hasNext()) {
            int event = reader.next();
            if (event == XMLStreamConstants.DTD) {
                // whoever reads it on a worker may look for what it names
                throw new XMLStreamException("a document type (expected: none)");
            }
            if (event == XMLStreamConstants.START_ELEMENT
                    && reader.getLocalName().equals("provide")) {
                interfaces.add(String.valueOf(reader.getAttributeValue(null, "interface")));
            }
        }
        reader.close();
    }

    private static Pattern pattern(String place) {
        return Pattern.compile(
                Stream.of(place.split("\\*", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining("[^/]*")));
    }
}
