package org.stagedpipe.transport;

import org.stagedpipe.protocol.v1.Address;

import java.net.InetAddress;
import java.net.UnknownHostException;

/// A host and a port.
///
/// @param host a name or an address
/// @param port 0 to 65535; 0 asks for any free one where a server listens
public record Endpoint(String host, int port) {

    /// @throws IllegalArgumentException if the host is blank or the port out of range
    public Endpoint {
        if (host.isBlank()) {
            throw new IllegalArgumentException(
                    "host: \"" + host + "\" (expected: a name or an address)");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535)");
        }
    }

    /// Reads `host:port`; an IPv6 address stands in brackets.
    ///
    /// @throws IllegalArgumentException if the text is anything else
    public static Endpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException("address: \"" + text + "\" (expected: host:port)");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException(
                    "address: \"" + text + "\" (expected: host:port, an IPv6 host in brackets)");
        }
        return new Endpoint(host, Integer.parseInt(text.substring(colon + 1)));
    }

    /// The same as it came over the wire.
    public static Endpoint of(Address address) {
        return new Endpoint(address.getHost(), address.getPort());
    }

    /// The same for the wire.
    public Address toAddress() {
        return Address.newBuilder().setHost(host).setPort(port).build();
    }

    /// Whether only this machine reaches the host.
    ///
    /// @throws UnknownHostException if the host has no address
    public boolean isLoopback() throws UnknownHostException {
        for (InetAddress address : InetAddress.getAllByName(host)) {
            if (!address.isLoopbackAddress()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
