package org.stagedpipe.birdstrikes;

import java.util.UUID;

/// Which item a row came with; the same for every delivery of the item.
///
/// @param group its request group
/// @param sequence its number there
record Item(UUID group, long sequence) {}
