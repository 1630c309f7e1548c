/// Faults, each injected for real into a cluster of processes under load, and one oracle for what must survive them.
///
/// A [Row] is a fault, a [Round] runs it once, [Load] is the traffic of one group meanwhile, [Book] says what became of
/// each item. [Faults] is the command, `itests/faults`.
@org.jspecify.annotations.NullMarked
package org.stagedpipe.itests.faults;
