package org.stagedpipe.api;

import org.osgi.service.component.annotations.ComponentPropertyType;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The name under which operators and clients know a plugin: the service property `plugin.name`, and the same in the bundle's header
/// `Stagedpipe-Plugin`.
///
/// Letters, digits and `.` `_` `-`, the first a letter or a digit, at most 100 characters.
@ComponentPropertyType
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface PluginName {

    /// The name.
    String value();
}
