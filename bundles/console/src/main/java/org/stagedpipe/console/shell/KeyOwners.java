package org.stagedpipe.console.shell;

import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.session.ServerSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;

/// Lets in who has one of the authorized keys, and remembers whose key it was: the text behind the key in its line, or
/// else its fingerprint. The name that a client says is not asked. A key before which options stand, as `from=` or
/// `command=`, is refused, since none of them would be minded.
final class KeyOwners implements PublickeyAuthenticator {

    private static final Logger LOG = LoggerFactory.getLogger(KeyOwners.class);
    private static final AttributeKey<String> OWNER = new AttributeKey<>();

    private final Path authorizedKeys;

    /// @param authorizedKeys a line each, read each time
    KeyOwners(Path authorizedKeys) {
        this.authorizedKeys = authorizedKeys;
    }

    @Override
    public boolean authenticate(String user, PublicKey key, ServerSession session) {
        try {
            return isAuthorized(key, session);
        } catch (IOException e) {
            LOG.warn("{}: cannot be read: {}", authorizedKeys, e.getMessage());
            return false;
        }
    }

    /// Whose key brought that channel in.
    static String ownerOf(ChannelSession channel) {
        String owner = channel.getServerSession().getAttribute(OWNER);
        return owner == null ? "" : owner;
    }

    /// Whether there are lines of it, and none with options. Remembers whose key it is: that of the first one.
    private boolean isAuthorized(PublicKey key, ServerSession session) throws IOException {
        @Nullable String owner = null;
        int number = 0;
        byte[] all = Files.readAllBytes(authorizedKeys); // a comment may be in any character set
        for (String line : new String(all, StandardCharsets.UTF_8).lines().toList()) {
            number++;
            AuthorizedKeyEntry entry = entry(line, number, key, session);
            if (entry == null) {
                continue;
            }
            String comment = entry.getComment();
            String name =
                    comment == null || comment.isBlank()
                            ? KeyUtils.getFingerPrint(key)
                            : comment.strip();
            if (!entry.getLoginOptions().isEmpty()) {
                LOG.warn(
                        "{}: the key of \"{}\" is refused: options {} (expected: none before the"
                                + " key, none would be minded)",
                        authorizedKeys,
                        name,
                        entry.getLoginOptions().keySet());
                return false;
            }
            owner = owner == null ? name : owner;
        }
        session.setAttribute(OWNER, owner == null ? "" : owner);
        return owner != null;
    }

    /// What a line says of that key; null of any other, and of one that cannot be read: that one keeps nobody else out.
    private @Nullable AuthorizedKeyEntry entry(
            String line, int number, PublicKey key, ServerSession session) {
        try {
            AuthorizedKeyEntry entry = AuthorizedKeyEntry.parseAuthorizedKeyEntry(line);
            return entry != null
                            && KeyUtils.compareKeys(
                                    entry.resolvePublicKey(
                                            session, PublicKeyEntryResolver.IGNORING),
                                    key)
                    ? entry
                    : null;
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            LOG.warn(
                    "{}: line {} is no key and is left out: {}",
                    authorizedKeys,
                    number,
                    e.getMessage());
            return null;
        }
    }
}
