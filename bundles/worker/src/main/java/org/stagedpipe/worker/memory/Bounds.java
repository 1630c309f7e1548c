package org.stagedpipe.worker.memory;

/// How much may be reserved.
///
/// @param budgetBytes by all groups together
/// @param limitBytes by all groups together, where a group that holds nothing asks; at least the budget
/// @param groupBytes by one group; one frame or one big item may go over it
public record Bounds(long budgetBytes, long limitBytes, long groupBytes) {

    /// Checks them.
    public Bounds {
        if (budgetBytes < 1 || limitBytes < budgetBytes || groupBytes < 1) {
            throw new IllegalArgumentException(
                    "bounds: "
                            + budgetBytes
                            + ", "
                            + limitBytes
                            + ", "
                            + groupBytes
                            + " bytes (expected: >= 1, and the limit not below the budget)");
        }
    }
}
