/// Each role's feature in a container of its own, started by Pax Exam.
@org.jspecify.annotations.NullMarked
package org.stagedpipe.itests.container;
