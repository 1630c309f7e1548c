/// What overseers share, kept in ZooKeeper: embedded in the overseers, or an ensemble that others run. Curator's and
/// ZooKeeper's types stay in here.
@NullMarked
package org.stagedpipe.zookeeper;

import org.jspecify.annotations.NullMarked;
