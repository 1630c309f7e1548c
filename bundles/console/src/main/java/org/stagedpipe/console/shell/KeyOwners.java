package org.stagedpipe.console.shell;

import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.config.keys.AuthorizedKeysAuthenticator;
import org.apache.sshd.server.session.ServerSession;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;

/// Lets in who has one of the authorized keys, and remembers whose key it was: the text behind the key in its line. The name
/// that a client says is not asked.
final class KeyOwners implements PublickeyAuthenticator {

    private static final AttributeKey<String> OWNER = new AttributeKey<>();

    private final Path authorizedKeys;
    private final PublickeyAuthenticator authenticator;

    /// @param authorizedKeys a line each, read again when it changes
    KeyOwners(Path authorizedKeys) {
        this.authorizedKeys = authorizedKeys;
        this.authenticator = new AuthorizedKeysAuthenticator(authorizedKeys);
    }

    @Override
    public boolean authenticate(String user, PublicKey key, ServerSession session) {
        boolean isIn = authenticator.authenticate(user, key, session);
        if (isIn) {
            session.setAttribute(OWNER, owner(key, session));
        }
        return isIn;
    }

    /// Whose key brought that channel in; empty if its line does not say.
    static String ownerOf(ChannelSession channel) {
        String owner = channel.getServerSession().getAttribute(OWNER);
        return owner == null ? "" : owner;
    }

    private String owner(PublicKey key, ServerSession session) {
        try {
            for (AuthorizedKeyEntry entry : AuthorizedKeyEntry.readAuthorizedKeys(authorizedKeys)) {
                PublicKey known = entry.resolvePublicKey(session, PublicKeyEntryResolver.IGNORING);
                if (KeyUtils.compareKeys(known, key)) {
                    String comment = entry.getComment();
                    return comment == null ? "" : comment.strip();
                }
            }
        } catch (IOException | GeneralSecurityException e) {
            return "a key whose line cannot be read any more: " + e.getMessage();
        }
        return "";
    }
}
