/// The model of how a group is delivered, `itests/src/model`, checked by TLC.
@org.jspecify.annotations.NullMarked
package org.stagedpipe.itests.model;
