package org.stagedpipe.cluster;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// Reads the descriptions of a bundle's Declarative Services components, as far as one asks which provide a service. The
/// parser keeps a comment, say, whole: so all descriptions of a bundle have one bound in bytes.
final class ComponentReader {

    private static final int MAX_BYTES = 1 << 20;
    private static final String NAME = "plugin.name";

    private final ZipFile zip;
    private final String service;
    private final XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    private final List<PluginComponent> found = new ArrayList<>();
    private int room = MAX_BYTES;

    // of the component that is being read
    private String type = "";
    private @Nullable String name;
    private boolean refersToServices;
    private boolean provides;

    ComponentReader(ZipFile zip, String service) {
        this.zip = zip;
        this.service = service;
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    }

    /// The components that provide it, of those in these places.
    ///
    /// @throws BrokenZipException if one of the descriptions is no XML, or they are too large
    List<PluginComponent> read(String places) throws IOException {
        for (ZipEntry entry : ComponentPlaces.of(zip, places)) {
            try {
                read(factory.createXMLStreamReader(new ByteArrayInputStream(bytes(entry))));
            } catch (XMLStreamException e) {
                throw new BrokenZipException(
                        entry.getName() + ": " + String.valueOf(e.getMessage()).replace('\n', ' '),
                        "component descriptions in XML");
            }
        }
        return found;
    }

    private byte[] bytes(ZipEntry entry) throws IOException {
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes(room + 1);
            if (bytes.length > room) {
                throw new BrokenZipException(
                        "component descriptions of more than " + MAX_BYTES + " bytes",
                        "at most " + MAX_BYTES + " bytes");
            }
            room -= bytes.length;
            return bytes;
        }
    }

    private void read(XMLStreamReader reader) throws XMLStreamException {
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.DTD ->
                        // whoever reads it on a worker may look for what it names
                        throw new XMLStreamException("a document type (expected: none)");
                case XMLStreamConstants.START_ELEMENT -> begin(reader);
                case XMLStreamConstants.END_ELEMENT -> end(reader.getLocalName());
                default -> {}
            }
        }
        reader.close();
    }

    private void begin(XMLStreamReader reader) {
        switch (reader.getLocalName()) {
            case "component" -> {
                type = "";
                name = null;
                refersToServices = false;
                provides = false;
            }
            case "implementation" -> type = attribute(reader, "class");
            case "reference" -> refersToServices = true;
            case "provide" -> provides |= attribute(reader, "interface").equals(service);
            case "property" -> {
                if (attribute(reader, "name").equals(NAME)) {
                    name = reader.getAttributeValue(null, "value");
                }
            }
            default -> {}
        }
    }

    private void end(String element) {
        if (element.equals("component") && provides) {
            found.add(new PluginComponent(type, name, refersToServices));
        }
    }

    private static String attribute(XMLStreamReader reader, String key) {
        String value = reader.getAttributeValue(null, key);
        return value == null ? "" : value;
    }
}
