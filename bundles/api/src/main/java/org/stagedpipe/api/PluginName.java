package org.stagedpipe.api;

import org.osgi.service.component.annotations.ComponentPropertyType;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The name under which operators and clients know a plugin: the service property `plugin.name`.
///
/// Lower-case letters, digits and hyphens, a letter first, at most 63 characters.
@ComponentPropertyType
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface PluginName {

    /// The name.
    String value();
}
