------------------------------ MODULE Delivery ------------------------------
(* How one request group is delivered: its client, the coordinator that has it, and the workers that run its items.

   The client numbers its items, gives them to the coordinator while there is room in its window, and keeps each one
   until it has the outcome. The coordinator gives every item to a worker under a lease and an attempt. Whoever of them
   dies or freezes, and whatever is published meanwhile: every item must come back exactly once, from its own data, run
   by the version that the group was opened with, in order where that was asked for. A group that follows its plugin's
   versions moves to a newer one between two items: each item runs on one version, however often. A worker takes so many
   items at once, none while it is paused, and hands back what it has not begun: another one has it then.

   What a stream may do, and so the model: a stream is first in, first out; its end loses what is on its way; messages
   of a stream that the client has left may still arrive. Sending an item and taking it into the window are one step
   here, and so are the end of a run and the arrival of its answer: a fault between the two does what a fault before
   both does. An item is with its worker when it is given; what a worker says of its pauses is on its way for a while, so it gets items
   until the coordinator hears of one. On each stream a coordinator takes items in ascending sequences only. Here that holds for groups
   that need it, those that are ordered or follow; all others are sent in any order.

   Each rule that makes this hold is a guard with a switch. With all of them on the invariants hold; with any one off
   TLC finds a run that breaks one of them. itests/model checks both. A stream brings no item twice that the client has: DEDUP
   is the second line of defence, against a coordinator with a bug (repeat.cfg) and behind STREAM in a group without order. *)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
    N,         \* items of the group
    Workers,
    Window,    \* items that the coordinator accepts before their outcomes leave it
    Ordered,   \* the client asked for outcomes in order
    Following, \* the group moves when another version is published
    Poison,    \* items that end every worker they run on
    Suspect,   \* so many deaths make an item run alone
    Guilty,    \* so many deaths convict it
    Faults,    \* what may happen; see the faults below
    MaxFaults, \* how often, all together
    Capacity,  \* items that a worker takes at once
    MaxPauses  \* how often a worker pauses, leaves, or hands back in no pause, all together; if 0, whatever it has is begun

CONSTANTS \* the guards, each TRUE or FALSE
    CREDIT,    \* nothing is accepted into a full window
    ORDER,     \* an ordered group's outcomes leave the coordinator in order
    PIN,       \* every attempt runs the version that the group was opened with, not the newest
    EPOCH,     \* an answer counts only in the epoch that its attempt was dispatched in
    ATTEMPT,   \* an answer counts only from the attempt that holds the item's lease
    LEASE,     \* the lease of a worker that is silent ends
    REDELIVER, \* what a dead worker had is dispatched again
    CONVICT,   \* an item that ended too many workers gets a fault in place of another attempt
    VERDICT,   \* it waits before that until the workers that were only cut off are back
    SURVIVED,  \* and is not charged any more for one that comes back
    ISOLATE,   \* an item under suspicion runs with no other beside it on its worker
    STREAM,    \* the client hands over nothing from a stream that it has left: it said that it does not have it
    DEDUP,     \* the client hands over the first outcome of an item only
    LATEFREE,  \* the client frees an item when it has the outcome, not when it is accepted
    TOKEN,     \* the client's process stores its resume token together with the effect of the outcome
    SEQUENCE,  \* what has no outcome comes in ascending order, also on the next stream; so the lowest item of an ordered
               \* group, for which all others wait, is in the window before them
    DRAIN,     \* a following group moves when every item that came is answered, and the answer is on its way
    HOLD,      \* what comes after the client was told of a move waits until it has answered
    ANSWER,    \* the group moves when the client has answered, not when it is told
    CAUGHTUP,  \* it does not move before all has come that may have run on a coordinator before
    FOREIGN,   \* it does not move when another process of its client had it: what that one sent nobody knows
    LAST,      \* a client that has said its last does not answer, and stays on the version it knows
    RELEASE,   \* the client's last word ends a move: what waits for its answer runs on the version before
    ROOM,      \* a worker is given no more than it takes at once
    PAUSE,     \* one that is paused or leaves, as far as the coordinator knows, is given nothing
    INTURN,    \* a worker tells of a pause and of its end in the order in which they happen
    UNBEGUN,   \* it hands back only what it has not begun
    LETGO,     \* it does not begin what it has handed back
    REOPEN,    \* what is handed back is dispatched again
    HELD,      \* a hand-back counts only from the attempt that holds the item's lease: not on a stream that has ended
    FREE,      \* a hand-back is no death
    STOPS      \* nor is the end of a worker that has said that it leaves

Items == 1..N
Nobody == "nobody"

VARIABLES
    \* the client
    inc,       \* which start of the group this is: another start has other data under the same numbers
    epoch,     \* its present stream; every open and every resume has a higher one
    pinned,    \* the version that the group was opened with, or that the client answered last
    stored,    \* the same in its last token
    sent,      \* the highest item that it has sent
    said,      \* its answer to a move, on its way; 0 for none
    closed,    \* it has said its last on its present stream
    kept,      \* items whose bytes it still has
    got,       \* items whose outcomes were handed over: a sequence, in the order in which that happened
    ledger,    \* items that it knows to have an outcome
    late,      \* what is still on its way on streams that it has left
    \* the coordinator that has the group
    state,     \* of each item: "out" (not here), "waits" (for a worker), "runs", "done" (answered, not yet sent)
    attempt,   \* of each item: the last one dispatched, in this epoch
    holder,    \* of each item: the worker that holds its lease
    deaths,    \* of each item: workers that ended while they ran it
    answer,    \* of each item: what the accepted answer was made of
    settled,   \* items that it has sent the outcome of, or that the client said it has
    down,      \* what is on its way to the client on the present stream
    serves,    \* the version that items run on
    told,      \* the version that the client was told of and has not answered; 0 for none
    before,    \* items up to this one may have run on a coordinator before; above N: any
    \* the workers
    runs,      \* attempts in progress
    frozen,    \* workers that stand still, or are cut off
    cut,       \* those that are cut off: they have dropped their runs, and come back
    charged,   \* items and workers that are cut off: the item is charged with the worker's death
    asks,      \* of each worker: what it takes: "items", "nothing" (it is paused), or it "stops"
    up,        \* what each worker said of that or handed back, on its way to the coordinator
    heard,     \* of each worker: what it asks for, as the coordinator has heard last
    pauses,    \* pauses so far
    \* the rest
    newest,    \* version in the catalogue
    faults,    \* faults so far
    ran,       \* of each item of a following group: the versions that it ran on
    broken     \* which promises about an outcome's making were broken

follower == <<stored, sent, said, closed>>
client == <<inc, epoch, pinned, kept, got, ledger, late, follower>>
move == <<serves, told, before>>
coordinator == <<state, attempt, holder, deaths, answer, settled, down, move>>
credit == <<asks, up, heard, pauses>>
cuts == <<cut, charged>>
workers == <<runs, frozen, cuts, credit>>
rest == <<newest, faults, ran, broken>>
vars == <<client, coordinator, workers, rest>>

All(value) == [s \in Items |-> value]
Range(sequence) == {sequence[i] : i \in 1..Len(sequence)}
Nothing == [inc |-> 0, version |-> 0]

Init ==
    /\ inc = 1 /\ epoch = 1 /\ pinned = 1 /\ kept = Items /\ got = <<>> /\ ledger = {} /\ late = <<>>
    /\ state = All("out") /\ attempt = All(0) /\ holder = All(Nobody) /\ deaths = All(0)
    /\ answer = All(Nothing) /\ settled = {} /\ down = <<>>
    /\ stored = 1 /\ sent = 0 /\ said = 0 /\ closed = FALSE /\ serves = 1 /\ told = 0 /\ before = 0 /\ ran = All({})
    /\ runs = {} /\ frozen = {} /\ cut = {} /\ charged = {} /\ pauses = 0
    /\ asks = [w \in Workers |-> "items"] /\ up = [w \in Workers |-> <<>>] /\ heard = asks
    /\ newest = 1 /\ faults = 0 /\ broken = {}

-----------------------------------------------------------------------------
(* An item's way, from the client to a worker and back. *)

Accepted == {s \in Items : state[s] # "out"}
Open == Items \ settled
Lowest(s) == \A t \in Open : s <= t

HasRoom == CREDIT => Cardinality(Accepted) < Window

ToSend == {s \in kept \ ledger : s \notin settled /\ state[s] = "out"}

\* The client sends an item that has no outcome, and the coordinator takes it into the group's window.
Accept(s) ==
    /\ s \in ToSend /\ HasRoom
    /\ (Following \/ Ordered) /\ SEQUENCE => \A t \in ToSend : s <= t
    /\ state' = [state EXCEPT ![s] = "waits"]
    /\ kept' = IF LATEFREE THEN kept ELSE kept \ {s}
    /\ sent' = IF Following /\ s > sent THEN s ELSE sent
    /\ UNCHANGED <<inc, epoch, pinned, got, ledger, late, stored, said, closed>>
    /\ UNCHANGED <<attempt, holder, deaths, answer, settled, down, move, workers, rest>>

On(w) == {s \in Items : state[s] = "runs" /\ holder[s] = w}

MayJoin(s, w) ==
    ISOLATE =>
        /\ deaths[s] >= Suspect => On(w) = {}
        /\ \A t \in On(w) : deaths[t] < Suspect

\* By what the coordinator knows of it.
Takes(w) ==
    /\ PAUSE => heard[w] = "items"
    /\ ROOM => Cardinality(On(w)) < Capacity

\* The coordinator has heard all that it said, and it wants nothing.
IsKnownToPause(w) == asks[w] # "items" /\ up[w] = <<>>

Version == IF Following THEN serves ELSE IF PIN THEN pinned ELSE newest

\* It is charged with too many deaths.
IsAccused(s) == CONVICT /\ deaths[s] >= Guilty

\* The coordinator gives an item to a worker: another attempt, with a lease.
Dispatch(s, w) ==
    /\ state[s] = "waits" /\ ~IsAccused(s) /\ w \notin frozen /\ MayJoin(s, w) /\ Takes(w)
    /\ HOLD => told = 0
    /\ state' = [state EXCEPT ![s] = "runs"]
    /\ attempt' = [attempt EXCEPT ![s] = @ + 1]
    /\ holder' = [holder EXCEPT ![s] = w]
    /\ runs' = runs \cup {[item |-> s, inc |-> inc, epoch |-> epoch, attempt |-> attempt[s] + 1,
                           worker |-> w, version |-> Version, begun |-> MaxPauses = 0, back |-> FALSE]}
    /\ ran' = IF Following THEN [ran EXCEPT ![s] = @ \cup {Version}] ELSE ran
    /\ broken' = IF IsKnownToPause(w) THEN broken \cup {"pause"} ELSE broken
    /\ UNCHANGED <<client, deaths, answer, settled, down, move, frozen, cuts, credit, newest, faults>>

\* The worker begins an item that it has, also while it is paused, but not when it leaves.
Begin(r) ==
    /\ r \in runs /\ ~r.begun /\ r.worker \notin frozen /\ asks[r.worker] # "stops"
    /\ LETGO => ~r.back
    /\ runs' = (runs \ {r}) \cup {[r EXCEPT !.begun = TRUE]}
    /\ UNCHANGED <<client, coordinator, frozen, cuts, credit, rest>>

IsOfThisEpoch(r) == r.epoch = epoch
HoldsLease(r) == state[r.item] = "runs" /\ holder[r.item] = r.worker /\ attempt[r.item] = r.attempt

Counts(r) ==
    /\ state[r.item] \in {"waits", "runs"}
    /\ EPOCH => IsOfThisEpoch(r)
    /\ ATTEMPT => (IsOfThisEpoch(r) => HoldsLease(r))

\* A run ends and its answer reaches the coordinator behind all that the worker said before, which takes it or drops it.
Answer(r) ==
    /\ r \in runs /\ r.begun /\ r.item \notin Poison /\ r.worker \notin frozen
    /\ IsOfThisEpoch(r) => up[r.worker] = <<>>
    /\ runs' = runs \ {r}
    /\ IF Counts(r)
       THEN /\ state' = [state EXCEPT ![r.item] = "done"]
            /\ holder' = [holder EXCEPT ![r.item] = Nobody]
            /\ answer' = [answer EXCEPT ![r.item] = [inc |-> r.inc, version |-> r.version]]
       ELSE UNCHANGED <<state, holder, answer>>
    /\ broken' = broken
        \cup (IF Counts(r) /\ IsOfThisEpoch(r) /\ r.attempt # attempt[r.item] THEN {"attempt"} ELSE {})
        \cup (IF r.back THEN {"back"} ELSE {})
    /\ UNCHANGED <<client, attempt, deaths, settled, down, move, frozen, cuts, credit, newest, faults, ran>>

\* The outcome leaves the coordinator, and its slot in the window is free.
Send(s) ==
    /\ state[s] = "done" /\ (Ordered /\ ORDER => Lowest(s))
    /\ state' = [state EXCEPT ![s] = "out"]
    /\ settled' = settled \cup {s}
    /\ down' = Append(down, [item |-> s, made |-> answer[s]])
    /\ answer' = [answer EXCEPT ![s] = Nothing]
    /\ UNCHANGED <<client, attempt, holder, deaths, move, workers, rest>>

\* What an outcome was made of, against what it should have been. A conviction has nothing to do with either.
Wrong(made) ==
    IF made = Nothing THEN {}
    ELSE (IF made.inc = inc THEN {} ELSE {"data"}) \cup (IF made.version = pinned THEN {} ELSE {"version"})

HandOver(m) ==
    IF DEDUP /\ m.item \in ledger
    THEN UNCHANGED <<got, ledger, kept, stored, broken>>
    ELSE /\ got' = Append(got, m.item)
         /\ ledger' = ledger \cup {m.item}
         /\ kept' = kept \ {m.item}
         /\ stored' = pinned
         /\ broken' = broken \cup Wrong(m.made)

IsMove(m) == m.item = 0

\* The client reads an outcome from its present stream.
Receive ==
    /\ down # <<>> /\ ~IsMove(Head(down)) /\ HandOver(Head(down)) /\ down' = Tail(down)
    /\ UNCHANGED <<inc, epoch, pinned, late, sent, said, closed>>
    /\ UNCHANGED <<state, attempt, holder, deaths, answer, settled, move, workers, newest, faults, ran>>

\* Something comes on a stream that the client has left: its old coordinator was frozen, not dead.
ReceiveLate ==
    /\ ~STREAM /\ late # <<>> /\ ~IsMove(Head(late)) /\ HandOver(Head(late)) /\ late' = Tail(late)
    /\ UNCHANGED <<inc, epoch, pinned, sent, said, closed, coordinator, workers, newest, faults, ran>>

-----------------------------------------------------------------------------
(* How a following group moves. That the parts on the next version are open is not in here: without them it does not. *)

HasCaughtUp == before <= N /\ \A s \in Open : s <= before => state[s] # "out"

\* Between two items the coordinator tells the client that the group moves.
Tell ==
    /\ Following /\ told = 0 /\ newest > serves /\ ~closed
    /\ DRAIN => Accepted = {}
    /\ CAUGHTUP => HasCaughtUp
    /\ down' = Append(down, [item |-> 0, made |-> [Nothing EXCEPT !.version = newest]])
    /\ IF ANSWER THEN told' = newest /\ UNCHANGED serves ELSE serves' = newest /\ UNCHANGED told
    /\ UNCHANGED <<client, state, attempt, holder, deaths, answer, settled, before, workers, rest>>

\* The client reads that, answers, and says this version from now on.
ReceiveMove ==
    /\ down # <<>> /\ IsMove(Head(down)) /\ down' = Tail(down)
    /\ pinned' = IF closed /\ LAST THEN pinned ELSE Head(down).made.version
    /\ said' = IF closed \/ ~ANSWER THEN said ELSE Head(down).made.version
    /\ UNCHANGED <<inc, epoch, kept, got, ledger, late, stored, sent, closed>>
    /\ UNCHANGED <<state, attempt, holder, deaths, answer, settled, move, workers, rest>>

\* Its answer arrives.
Move ==
    /\ said # 0 /\ serves' = said /\ said' = 0 /\ told' = 0
    /\ UNCHANGED <<inc, epoch, pinned, kept, got, ledger, late, stored, sent, closed>>
    /\ UNCHANGED <<state, attempt, holder, deaths, answer, settled, down, before, workers, rest>>

\* The client has sent all and says so, after all that it said before.
Close ==
    /\ Following /\ ~closed /\ said = 0 /\ ToSend = {} /\ closed' = TRUE
    /\ told' = IF RELEASE THEN 0 ELSE told
    /\ UNCHANGED <<inc, epoch, pinned, kept, got, ledger, late, stored, sent, said>>
    /\ UNCHANGED <<state, attempt, holder, deaths, answer, settled, down, serves, before, workers, rest>>

-----------------------------------------------------------------------------
(* What the coordinator does about workers that are gone. *)

IsLost(s) ==
    state[s] = "runs" /\ ~\E r \in runs : r.item = s /\ IsOfThisEpoch(r) /\ r.attempt = attempt[s]

\* It is dispatched again, and nobody is charged.
Reopen(s) ==
    /\ state' = [state EXCEPT ![s] = "waits"]
    /\ holder' = [holder EXCEPT ![s] = Nobody]
    /\ UNCHANGED <<deaths, broken>>

\* It is dispatched again, unless this was one death too many.
Charge(s) ==
    /\ state' = [state EXCEPT ![s] = "waits"]
    /\ holder' = [holder EXCEPT ![s] = Nobody]
    /\ deaths' = [deaths EXCEPT ![s] = @ + 1]
    /\ UNCHANGED broken

\* The stream to a worker broke.
NoticeDeath(s) ==
    /\ REDELIVER /\ IsLost(s) /\ Charge(s)
    /\ charged' = IF holder[s] \in cut THEN charged \cup {<<s, holder[s]>>} ELSE charged
    /\ UNCHANGED <<client, attempt, answer, settled, down, move, runs, frozen, cut, credit, newest, faults, ran>>

\* An item that was charged too often is convicted, in its time.
Convict(s) ==
    /\ state[s] = "waits" /\ IsAccused(s)
    /\ VERDICT => \A w \in Workers : <<s, w>> \notin charged
    /\ state' = [state EXCEPT ![s] = "done"]
    /\ broken' = IF s \in Poison THEN broken ELSE broken \cup {"innocent"}
    /\ UNCHANGED <<client, attempt, holder, deaths, answer, settled, down, move, workers, newest, faults, ran>>

\* A worker that was cut off is back, in less time than a verdict has: it lives. By then its stream is known to be broken.
ComeBack(w) ==
    /\ w \in cut /\ ~\E s \in Items : IsLost(s) /\ holder[s] = w
    /\ frozen' = frozen \ {w} /\ cut' = cut \ {w}
    /\ charged' = {c \in charged : c[2] # w}
    /\ deaths' = [s \in Items |-> IF SURVIVED /\ <<s, w>> \in charged THEN deaths[s] - 1 ELSE deaths[s]]
    /\ UNCHANGED <<client, state, attempt, holder, answer, settled, down, move, runs, credit, rest>>

\* A worker is silent for longer than the lease: what it still answers comes too late.
EndLease(s) ==
    /\ LEASE /\ state[s] = "runs" /\ holder[s] \in frozen /\ Reopen(s)
    /\ UNCHANGED <<client, attempt, answer, settled, down, move, workers, newest, faults, ran>>

\* All runs of a worker end. It opens the group's part anew, and takes items.
DropAll(w) ==
    /\ runs' = {r \in runs : r.worker # w}
    /\ asks' = [asks EXCEPT ![w] = "items"]
    /\ heard' = [heard EXCEPT ![w] = "items"]
    /\ up' = [up EXCEPT ![w] = <<>>]

\* A worker's process ends, and is started again.
StartAgain(w) == DropAll(w) /\ UNCHANGED <<frozen, cuts, pauses>>

\* A poisonous item ends the worker that runs it, and with it all other runs there.
KillByPoison(r) ==
    /\ r \in runs /\ r.begun /\ r.item \in Poison /\ r.worker \notin frozen
    /\ StartAgain(r.worker)
    /\ UNCHANGED <<client, coordinator, rest>>

-----------------------------------------------------------------------------
(* What a worker says beside its answers: how much it takes, and what it hands back. *)

\* A hand-back on its way is the run itself.
Says(what) == [item |-> 0, asks |-> what]
IsBack(m) == m.item # 0

HasPause == pauses < MaxPauses /\ pauses' = pauses + 1

\* Its memory is short.
Pause(w) ==
    /\ HasPause /\ w \notin frozen /\ asks[w] = "items"
    /\ asks' = [asks EXCEPT ![w] = "nothing"]
    /\ up' = [up EXCEPT ![w] = Append(@, Says("nothing"))]
    /\ UNCHANGED <<client, coordinator, runs, frozen, cuts, heard, rest>>

\* It has room again. A pause ends, so the group may wait for it.
Resume(w) ==
    /\ w \notin frozen /\ asks[w] = "nothing"
    /\ asks' = [asks EXCEPT ![w] = "items"]
    /\ up' = [up EXCEPT ![w] = IF INTURN THEN Append(@, Says("items")) ELSE <<Says("items")>> \o @]
    /\ UNCHANGED <<client, coordinator, runs, frozen, cuts, heard, pauses, rest>>

\* It is to stop: it begins nothing more, answers what it has begun, and ends its stream.
Leave(w) ==
    /\ HasPause /\ w \notin frozen /\ asks[w] # "stops"
    /\ asks' = [asks EXCEPT ![w] = "stops"]
    /\ up' = [up EXCEPT ![w] = Append(@, Says("stops"))]
    /\ UNCHANGED <<client, coordinator, runs, frozen, cuts, heard, rest>>

\* It hands back an item that it has not begun: in a pause, or one that waits for memory without one.
HandBack(r) ==
    /\ r \in runs /\ IsOfThisEpoch(r) /\ ~r.back /\ r.worker \notin frozen
    /\ UNBEGUN => ~r.begun
    /\ CASE asks[r.worker] = "nothing" -> UNCHANGED pauses
         [] asks[r.worker] = "items" -> HasPause
         [] asks[r.worker] = "stops" -> FALSE
    /\ LET back == [r EXCEPT !.back = TRUE]
       IN runs' = (runs \ {r}) \cup {back} /\ up' = [up EXCEPT ![r.worker] = Append(@, back)]
    /\ UNCHANGED <<client, coordinator, frozen, cuts, asks, heard, rest>>

\* What it asks for arrives.
Hear(w) ==
    /\ w \notin frozen /\ up[w] # <<>> /\ ~IsBack(Head(up[w]))
    /\ heard' = [heard EXCEPT ![w] = Head(up[w]).asks]
    /\ up' = [up EXCEPT ![w] = Tail(@)]
    /\ UNCHANGED <<client, coordinator, runs, frozen, cuts, asks, pauses, rest>>

\* What it hands back arrives: another attempt follows, here or elsewhere. If its lease has ended meanwhile, one has already.
TakeBack(w) ==
    /\ w \notin frozen /\ up[w] # <<>> /\ IsBack(Head(up[w]))
    /\ up' = [up EXCEPT ![w] = Tail(@)]
    /\ LET r == Head(up[w])
       IN /\ runs' = IF REOPEN /\ LETGO /\ ~r.begun THEN runs \ {r} ELSE runs
          /\ IF REOPEN /\ (HELD => HoldsLease(r))
             THEN IF FREE THEN Reopen(r.item) ELSE Charge(r.item)
             ELSE UNCHANGED <<state, holder, deaths, broken>>
    /\ UNCHANGED <<client, attempt, answer, settled, down, move, frozen, cuts, asks, heard, pauses, newest, faults, ran>>

\* A worker that leaves has answered what it had begun: its stream ends, and what else it was given is dispatched again.
EndLeaving(w) ==
    /\ asks[w] = "stops" /\ w \notin frozen /\ up[w] = <<>> /\ ~\E r \in runs : r.worker = w /\ r.begun
    /\ LET left == {s \in On(w) : ~IsLost(s)}
       IN /\ state' = [s \in Items |-> IF s \in left THEN "waits" ELSE state[s]]
          /\ holder' = [s \in Items |-> IF s \in left THEN Nobody ELSE holder[s]]
          /\ deaths' = [s \in Items |-> IF s \in left /\ ~STOPS THEN deaths[s] + 1 ELSE deaths[s]]
    /\ StartAgain(w)
    /\ UNCHANGED <<client, attempt, answer, settled, down, move, rest>>

-----------------------------------------------------------------------------
(* The faults. *)

Fault(name) == name \in Faults /\ faults < MaxFaults /\ faults' = faults + 1

\* A worker is killed, in an item or between its result and the answer, and is started again.
KillWorker(w) ==
    /\ Fault("kill") /\ w \notin frozen
    /\ StartAgain(w)
    /\ UNCHANGED <<client, coordinator, newest, ran, broken>>

FreezeWorker(w) ==
    /\ Fault("freeze") /\ w \notin frozen /\ Cardinality(frozen) + 1 < Cardinality(Workers)
    /\ frozen' = frozen \cup {w}
    /\ UNCHANGED <<client, coordinator, runs, cuts, credit, newest, ran, broken>>

ThawWorker(w) ==
    /\ w \in frozen \ cut /\ frozen' = frozen \ {w}
    /\ UNCHANGED <<client, coordinator, runs, cuts, credit, rest>>

\* The connection to a worker breaks, which drops what it has; to the coordinator that is no other than its death.
CutOff(w) ==
    /\ Fault("cut") /\ w \notin frozen
    /\ DropAll(w) /\ frozen' = frozen \cup {w} /\ cut' = cut \cup {w}
    /\ UNCHANGED <<client, coordinator, pauses, charged, newest, ran, broken>>

\* The group is opened again, by a client that says what it has: nothing of the epoch before counts any more. The runs of
\* that epoch are still in progress. A following group goes on with the version that the client says. A worker that opens a
\* part says that it takes items, and then, if it does not, that.
OpenAgain(has, first) ==
    /\ epoch' = epoch + 1
    /\ state' = All("out") /\ attempt' = All(0) /\ holder' = All(Nobody) /\ deaths' = All(0)
    /\ answer' = All(Nothing) /\ settled' = has /\ down' = <<>>
    /\ serves' = pinned' /\ told' = 0 /\ said' = 0 /\ closed' = FALSE
    /\ before' = first
    /\ runs' = {r \in runs : ~r.back} /\ heard' = [w \in Workers |-> "items"]
    /\ up' = [w \in Workers |-> IF asks[w] = "items" THEN <<>> ELSE <<Says(asks[w])>>]
    /\ charged' = {}
    /\ UNCHANGED <<frozen, cut, asks, pauses, newest, broken>>

\* The coordinator dies or freezes, or the client's stream to it breaks: the client resumes, here or elsewhere.
LoseCoordinator ==
    /\ Fault("coordinator")
    /\ UNCHANGED <<inc, pinned, kept, got, ledger, stored, sent, ran>>
    /\ OpenAgain(ledger, IF before > N THEN before ELSE sent)
    /\ late' = IF STREAM THEN <<>> ELSE late \o down

\* The client's process dies and resumes by its token. A token that is stored on its own may be one outcome behind. A
\* token that is older than a move is not promised that what ran after it runs on that version again: see OneVersion.
RestartClientWithToken ==
    /\ Fault("token") /\ pinned' = stored
    /\ \E length \in {Len(got)} \cup (IF TOKEN \/ got = <<>> THEN {} ELSE {Len(got) - 1}) :
        /\ ledger' = Range(SubSeq(got, 1, length))
        /\ OpenAgain(Range(SubSeq(got, 1, length)), IF ~Following THEN 0 ELSE IF FOREIGN THEN N + 1 ELSE Len(got))
    /\ kept' = Items \ ledger' /\ late' = <<>>
    /\ ran' = [s \in Items |-> IF ran[s] \subseteq {stored} THEN ran[s] ELSE {}]
    /\ UNCHANGED <<inc, got, stored, sent>>

\* The client's process dies and starts the group anew under the same id, with other data.
StartAnew ==
    /\ Fault("anew") /\ inc' = inc + 1 /\ pinned' = newest /\ OpenAgain({}, 0)
    /\ kept' = Items /\ got' = <<>> /\ ledger' = {} /\ late' = <<>>
    /\ stored' = newest /\ sent' = 0 /\ ran' = All({})

\* A coordinator with a bug sends an outcome again.
Repeat ==
    /\ Fault("repeat") /\ down # <<>> /\ ~IsMove(Head(down)) /\ down' = Append(down, Head(down))
    /\ UNCHANGED <<client, state, attempt, holder, deaths, answer, settled, move, workers, newest, ran, broken>>

\* An operator publishes another version.
Update ==
    /\ Fault("update") /\ newest' = newest + 1
    /\ UNCHANGED <<client, coordinator, workers, ran, broken>>

-----------------------------------------------------------------------------

Progress ==
    \/ \E s \in Items : Accept(s) \/ Send(s) \/ NoticeDeath(s) \/ Convict(s) \/ EndLease(s)
    \/ \E s \in Items, w \in Workers : Dispatch(s, w)
    \/ \E r \in runs : Begin(r) \/ Answer(r) \/ KillByPoison(r)
    \/ \E w \in Workers : Hear(w) \/ TakeBack(w) \/ Resume(w) \/ EndLeaving(w) \/ ComeBack(w)
    \/ Receive \/ ReceiveLate \/ ReceiveMove \/ Move \/ Close

Happening ==
    \/ \E w \in Workers : KillWorker(w) \/ FreezeWorker(w) \/ ThawWorker(w) \/ CutOff(w) \/ Pause(w) \/ Leave(w)
    \/ \E r \in runs : HandBack(r)
    \/ LoseCoordinator \/ RestartClientWithToken \/ StartAnew \/ Repeat \/ Update \/ Tell

Spec == Init /\ [][Progress \/ Happening]_vars

-----------------------------------------------------------------------------
(* What must hold. *)

\* No outcome of an item is handed over twice.
AtMostOnce == Cardinality(Range(got)) = Len(got)

\* An item that has no outcome can still be sent.
NoLoss == Items \subseteq kept \cup Range(got)

\* The group never stands still before all of it is done, even if no fault happens any more and no frozen worker wakes.
NotStuck == Range(got) = Items \/ ENABLED Progress

\* Outcomes of an ordered group are handed over in order.
InOrder == Ordered => \A i \in 1..Len(got) : got[i] = i

\* An outcome is made of the item's own data, by the version that the client knows of, in the last attempt.
RightData == "data" \notin broken
RightVersion == "version" \notin broken
RightAttempt == "attempt" \notin broken

\* An item of a following group runs on one version, however often, and no later one on an older version. Two processes
\* of a client do not promise it for what ran on a version that is not in the token.
OneVersion == \A s \in Items : Cardinality(ran[s]) <= 1
NeverBack == \A s, t \in Items : s < t => \A v \in ran[s], w \in ran[t] : v <= w

\* Only an item that ends workers is convicted, and it ends no more of them than convict it.
InnocentsLive == "innocent" \notin broken
WorkersLive == \A s \in Items : deaths[s] <= Guilty

\* The coordinator holds no more than it promised to.
Bounded == Cardinality(Accepted) <= Window

\* It does not open an item again that it has sent the outcome of, or that the client has.
SettledStays == \A s \in settled : state[s] = "out"

\* A worker has no more than it takes at once, and is given nothing once the coordinator has heard that it wants nothing.
Has(w) == {r \in runs : r.worker = w /\ IsOfThisEpoch(r) /\ HoldsLease(r)}
WithinCapacity == \A w \in Workers : Cardinality(Has(w)) <= Capacity
PausesHold == "pause" \notin broken

\* What a worker has handed back it does not answer as well.
BackOrAnswered == "back" \notin broken

\* An item that was handed back, or was on a worker that left, is not charged for it: deaths come of faults and of poison.
DeathsAreReal == Poison = {} => \A s \in Items : deaths[s] <= faults

Symmetry == Permutations(Workers)
=============================================================================
