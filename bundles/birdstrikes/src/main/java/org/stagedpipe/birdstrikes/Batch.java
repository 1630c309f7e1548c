package org.stagedpipe.birdstrikes;

/// The data of one item as it changes on its way: the client sends [Lines], the stages make [CleanLines] and [Strikes],
/// and the client gets a [Summary].
public sealed interface Batch permits Lines, CleanLines, Strikes, Summary {}
