/*
Sends each line of standard input as an item of one request group and prints one JSON line for each outcome. When its
coordinator is lost it opens the group again on another one, and goes on: each line has one outcome all the same.

Ends with 0 when each line has one, whichever; with 1 when the group was ended early, or nobody took it for half a minute (items that
were sent and have no outcome are printed as aborted, lines that were not sent are not).

Once, in this folder, with protoc and its plugins protoc-gen-go and protoc-gen-go-grpc; P is the folder with the .proto
files, in the distribution ../../proto, in a checkout ../../../protocol/src/main/proto:

	P=../../proto; V=stagedpipe/v1
	M=M$V/common.proto=$V,M$V/overseer.proto=$V,M$V/coordinator.proto=$V
	protoc -I $P --go_out=module=stagedpipe,$M:. --go-grpc_out=module=stagedpipe,$M:. \
		$P/$V/common.proto $P/$V/overseer.proto $P/$V/coordinator.proto
	go mod init stagedpipe && go mod tidy && go build -o stagedpipe_client .

or with Debian's golang-google-grpc-dev and protoc-gen-go-1-3, and the same P, V and M:

	O=$(mktemp -d); mkdir $O/src
	protoc -I $P --go_out=plugins=grpc,$M:$O/src $P/$V/common.proto $P/$V/overseer.proto $P/$V/coordinator.proto
	GO111MODULE=off GOPATH=$O:/usr/share/gocode go build -o stagedpipe_client stagedpipe_client.go

Then, with an overseer's address (the one of `cluster up` is in `stagedpipe cluster status`), a plugin's name and a
configuration (none is {}); here those of a plugin as `stagedpipe plugin new greetings` makes it:

	echo '{"name": "Ada"}' | ./stagedpipe_client 127.0.0.1:9400 greetings '{"salutation": "Hello"}'

With -key FIELD before them items run one after the other whose lines, JSON objects, have the same text in that field. A line without
it has a key of its own. Lines of nothing but spaces and tabs are left out.
*/
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"os"
	"os/signal"
	"sort"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	wire "stagedpipe/v1"
)

const (
	chunkBytes  = 256 << 10 // at most, in one message here
	frameItems  = 256       // the same
	windowItems = 4096      // without an outcome; then no line is read
	windowBytes = 16 << 20  // of those, and one line more
	patience    = 30 * time.Second
	mostLost    = 10 // coordinators in a row, without an outcome: an item may be the cause
)

type item struct {
	data []byte
	key  uint64 // in a keyed group
}

// group is what stays when a coordinator is lost.
type group struct {
	opening   *wire.OpenGroup
	plugin    *wire.PluginVersion // that serves it; nil: it was not open yet
	overseers []string            // the first one is asked next
	avoid     []string            // coordinators: the one that had it last, and those that did not take it since
	field     string              // with the keys; empty: the group is not keyed

	lock    sync.Mutex // of what follows
	changed *sync.Cond
	open    map[uint64]item // read, and no outcome yet
	size    int             // bytes of those
	read    uint64          // lines, so the sequence of the next one
	ended   bool            // standard input
	sent    uint64          // items from this one on were never sent
	printed *json.Encoder
	done    counts // of the whole group, printed
}

type counts struct{ ok, failed, aborted uint64 }

// line is the group's stream to one coordinator.
type line struct {
	*group
	name string // of the coordinator
	most int    // bytes in one message; 0: the group is not open yet
	big  []byte // the parts of a result
	came counts // outcomes, from it
	next uint64 // item to send; with the lock
	over bool   // nothing more is sent; the same
}

type okOutcome struct {
	Sequence uint64 `json:"sequence"`
	OK       string `json:"ok"` // JSON as a rule
}

type faultOutcome struct {
	Sequence  uint64 `json:"sequence"`
	Kind      string `json:"kind"`
	Stage     string `json:"stage"`
	Text      string `json:"text"`
	Retryable bool   `json:"retryable"`
	Aborted   bool   `json:"aborted"`
}

func main() {
	field := flag.String("key", "", "the `FIELD` of each line that is its key")
	flag.Parse()
	if flag.NArg() < 2 || flag.NArg() > 3 {
		fmt.Fprintln(os.Stderr, "usage: stagedpipe_client [-key FIELD] OVERSEER PLUGIN [CONFIGURATION]")
		os.Exit(2)
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		end(err)
	}
	opening := &wire.OpenGroup{Protocol: 1, Group: id, Plugin: flag.Arg(1), Configuration: []byte(flag.Arg(2)), Client: "go example"}
	opening.Moves, opening.Keyed = true, *field != ""
	printed := json.NewEncoder(os.Stdout)
	printed.SetEscapeHTML(false)
	g := &group{opening: opening, overseers: []string{flag.Arg(0)}, field: *field, open: map[uint64]item{}, printed: printed}
	g.changed = sync.NewCond(&g.lock)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	go func() {
		<-ctx.Done()
		stop() // a second interrupt ends it at once
	}()
	if err := g.run(ctx); err != nil {
		g.abort(err.Error())
		end(err)
	}
}

func end(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// run goes from coordinator to coordinator until the group has ended. The error says why a line may have no outcome.
func (g *group) run(ctx context.Context) error {
	lost, pause, giveUp := 0, time.Duration(0), time.Now().Add(patience)
	for {
		l := &line{group: g, name: "overseer"}
		closed, err := l.serve(ctx)
		if err == nil {
			return l.ends(closed)
		}
		waiting, ended := g.state()
		if waiting == 0 && ended {
			return nil // it was lost between the last outcome and `closed`
		}
		wasOpen := l.most > 0
		if wasOpen {
			lost, pause, giveUp = lost+1, 0, time.Now().Add(patience)
		}
		if waiting == 0 || l.came != (counts{}) {
			lost = 0
		}
		why := fmt.Errorf("%s %v: %s", l.name, status.Code(err), status.Convert(err).Message())
		if !g.mayPass(status.Code(err), wasOpen) || lost == mostLost || time.Now().After(giveUp) {
			return why
		}
		if wasOpen {
			fmt.Fprintln(os.Stderr, why)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		if pause = 2*pause + 50*time.Millisecond; pause > time.Second {
			pause = time.Second
		}
		g.opening.Epoch++
		if g.plugin != nil {
			g.opening.Resume = &wire.Resume{Plugin: g.plugin, NextSequence: g.sent, Attempt: uint32(g.opening.Epoch) + 1}
		}
	}
}

// mayPass says whether to ask another coordinator, or the same one again. One that does not know or have all yet may refuse a
// group that was open elsewhere.
func (g *group) mayPass(code codes.Code, wasOpen bool) bool {
	switch code {
	case codes.Unavailable:
		return true
	case codes.ResourceExhausted, codes.DeadlineExceeded, codes.AlreadyExists:
		return !wasOpen
	case codes.NotFound, codes.InvalidArgument, codes.FailedPrecondition:
		return !wasOpen && g.plugin != nil
	default:
		return false
	}
}

// dial uses what old versions of gRPC have, too.
func dial(address string) (*grpc.ClientConn, error) {
	return grpc.Dial(address, grpc.WithInsecure())
}

// assigned asks an overseer for a coordinator; if it does not answer, the next call asks another one.
func (g *group) assigned(ctx context.Context) (*wire.Assignment, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request := &wire.AssignRequest{Plugin: g.opening.Plugin, Avoid: g.avoid}
	if g.plugin != nil {
		request.Plugin = "" // the group may go on with one that is not in the catalogue any more
	}
	connection, err := dial(g.overseers[0])
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	at, err := wire.NewOverseerClient(connection).AssignCoordinator(ctx, request)
	if err != nil {
		g.overseers = append(g.overseers[1:], g.overseers[0])
		return nil, err
	}
	g.overseers = append(at.Overseers, g.overseers[0])
	return at, nil
}

// serve has the group on one coordinator until the stream ends: with `closed`, or an error that says why not.
func (l *line) serve(ctx context.Context) (*wire.GroupClosed, error) {
	at, err := l.assigned(ctx)
	if err != nil {
		return nil, err
	}
	l.name = at.Coordinator
	l.avoid = append(l.avoid, l.name)
	connection, err := dial(net.JoinHostPort(at.Address.Host, strconv.Itoa(int(at.Address.Port))))
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	call, cancel := context.WithCancel(ctx)
	defer cancel()
	go watch(call, cancel, connection)
	closed, err := l.converse(call, wire.NewCoordinatorClient(connection))
	if err != nil && call.Err() != nil && ctx.Err() == nil {
		err = status.Error(codes.Unavailable, "it does not say whether it lives")
	}
	return closed, err
}

// watch cancels the call of who is frozen or cut off, within 10 s. gRPC for Go sends no keepalive before, so the health
// service is asked.
func watch(call context.Context, cancel func(), connection *grpc.ClientConn) {
	for {
		asked, answered := context.WithTimeout(call, 5*time.Second)
		_, err := health.NewHealthClient(connection).Check(asked, &health.HealthCheckRequest{})
		answered()
		if status.Code(err) == codes.DeadlineExceeded {
			cancel()
		}
		select {
		case <-call.Done():
			return
		case <-time.After(4 * time.Second):
		}
	}
}

func (l *line) converse(call context.Context, coordinator wire.CoordinatorClient) (*wire.GroupClosed, error) {
	stream, err := coordinator.Process(call)
	if err != nil {
		return nil, err
	}
	_ = stream.Send(&wire.GroupRequest{Message: &wire.GroupRequest_Open{Open: l.opening}}) // Recv says what is wrong
	var sender sync.WaitGroup
	defer sender.Wait()
	defer l.stop()
	var closed *wire.GroupClosed
	for {
		answer, err := stream.Recv()
		if err != nil && closed != nil {
			return closed, nil // however the stream ended
		}
		if err != nil {
			return nil, err
		}
		switch message := answer.Message.(type) {
		case *wire.GroupResponse_Opened:
			l.opened(message.Opened)
			sender.Add(1)
			go func() {
				defer sender.Done()
				l.send(stream)
			}()
		case *wire.GroupResponse_Outcomes:
			l.arrived(message.Outcomes)
		case *wire.GroupResponse_Chunk:
			l.arrivedInPart(message.Chunk)
		case *wire.GroupResponse_Closed:
			closed = message.Closed
			l.stop()
		}
	}
}

func (l *line) opened(opened *wire.GroupOpened) {
	l.most = chunkBytes
	if opened.MaxFrameBytes < chunkBytes {
		l.most = int(opened.MaxFrameBytes)
	}
	l.avoid = []string{l.name}
	l.lock.Lock()
	defer l.lock.Unlock()
	l.next = l.read
	for sequence := range l.open {
		if sequence < l.next {
			l.next = sequence
		}
	}
	if l.plugin == nil {
		l.plugin = opened.Plugin
		go l.readLines(os.Stdin, int(opened.MaxItemBytes))
	}
}

// stop lets the sender end.
func (l *line) stop() {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.over = true
	l.changed.Broadcast()
}

// send sends what has no outcome, then what is read.
func (l *line) send(stream wire.Coordinator_ProcessClient) {
	defer stream.CloseSend()
	for {
		frame := l.take()
		if len(frame.Sequences) == 0 || l.sendFrame(stream, frame) != nil { // Recv says why
			return
		}
	}
}

// take waits for items that go in one message, or for one that is too large for it. None: there is no more to send.
func (l *line) take() *wire.Items {
	l.lock.Lock()
	defer l.lock.Unlock()
	frame := &wire.Items{}
	for ; len(frame.Sequences) < frameItems; l.next++ {
		for l.next == l.read && len(frame.Sequences) == 0 && !l.ended && !l.over {
			l.changed.Wait()
		}
		if l.next == l.read || l.over {
			break
		}
		next, isOpen := l.open[l.next]
		if !isOpen {
			continue
		}
		if len(frame.Sequences) > 0 && len(frame.Body)+len(next.data) > l.most {
			break
		}
		frame.Sequences = append(frame.Sequences, l.next)
		frame.Sizes = append(frame.Sizes, uint32(len(next.data)))
		frame.Body = append(frame.Body, next.data...)
		if l.field != "" {
			frame.Keys = append(frame.Keys, next.key)
		}
	}
	if l.next > l.sent {
		l.sent = l.next
	}
	return frame
}

// sendFrame sends one too large item in parts that follow each other.
func (l *line) sendFrame(stream wire.Coordinator_ProcessClient, frame *wire.Items) error {
	size := len(frame.Body)
	if size <= l.most {
		return stream.Send(&wire.GroupRequest{Message: &wire.GroupRequest_Items{Items: frame}})
	}
	for from, to := 0, 0; from < size; from = to {
		if to = from + l.most; to > size {
			to = size
		}
		part := &wire.Chunk{Sequence: frame.Sequences[0], Size: uint64(size), Offset: uint64(from), Data: frame.Body[from:to]}
		if l.field != "" {
			part.Key = frame.Keys[0]
		}
		if err := stream.Send(&wire.GroupRequest{Message: &wire.GroupRequest_Chunk{Chunk: part}}); err != nil {
			return err
		}
	}
	return nil
}

func (l *line) arrived(outcomes *wire.Outcomes) {
	l.lock.Lock()
	defer l.lock.Unlock()
	results := outcomes.GetResults()
	body := results.GetBody()
	for i, sequence := range results.GetSequences() {
		size := results.Sizes[i]
		l.succeeded(sequence, body[:size])
		body = body[size:]
	}
	for _, fault := range outcomes.Faults {
		if fault.Aborted {
			l.came.aborted++
		} else {
			l.came.failed++
		}
		l.fails(fault)
	}
}

func (l *line) arrivedInPart(part *wire.Chunk) { // the parts of one big result follow each other
	if part.Offset == 0 {
		l.big = nil // a fault may have come instead of the rest of another one
	}
	l.big = append(l.big, part.Data...)
	if uint64(len(l.big)) == part.Size {
		l.lock.Lock()
		defer l.lock.Unlock()
		l.succeeded(part.Sequence, l.big)
		l.big = nil
	}
}

func (l *line) succeeded(sequence uint64, data []byte) {
	l.came.ok++
	if l.print(sequence, okOutcome{sequence, string(data)}) {
		l.done.ok++
	}
}

// ends says whether all is well. The coordinator counts what it had itself, not what one before it did, nor what was not taken before the
// group was ended.
func (l *line) ends(closed *wire.GroupClosed) error {
	d := l.done
	fmt.Fprintf(os.Stderr, "items: %d, ok: %d, failed: %d, aborted: %d, stopped: %q\n",
		d.ok+d.failed+d.aborted, d.ok, d.failed, d.aborted, closed.Stopped)
	if closed.Stopped != "" {
		return errors.New(closed.Stopped)
	}
	if waiting, _ := l.state(); waiting > 0 || l.came != (counts{closed.Ok, closed.Failed, closed.Aborted}) {
		return fmt.Errorf("%s counts others: ok: %d, failed: %d, aborted: %d", l.name, closed.Ok, closed.Failed, closed.Aborted)
	}
	return nil
}

func (g *group) fails(fault *wire.ItemFault) {
	kind := fault.Kind.String()
	isNew := g.print(fault.Sequence, faultOutcome{fault.Sequence, kind, fault.Stage, fault.Text, fault.Retryable, fault.Aborted})
	if isNew && fault.Aborted {
		g.done.aborted++
	} else if isNew {
		g.done.failed++
	}
}

// print prints an outcome, the first one of its item only. Called with the lock: while nobody reads what is printed, no line is
// read, and the coordinator is read no further.
func (g *group) print(sequence uint64, outcome interface{}) bool {
	answered, isOpen := g.open[sequence]
	if !isOpen {
		return false
	}
	if err := g.printed.Encode(outcome); err != nil {
		end(err)
	}
	delete(g.open, sequence)
	g.size -= len(answered.data)
	g.changed.Broadcast()
	return true
}

// abort prints what was sent and has no outcome.
func (g *group) abort(why string) {
	g.lock.Lock()
	defer g.lock.Unlock()
	var missing []uint64
	for sequence := range g.open {
		if sequence < g.sent {
			missing = append(missing, sequence)
		}
	}
	sort.Slice(missing, func(i, j int) bool { return missing[i] < missing[j] })
	for _, sequence := range missing {
		g.fails(&wire.ItemFault{Sequence: sequence, Kind: wire.ItemFault_CANCELLED, Text: why, Retryable: true, Aborted: true})
	}
}

// state says how many items have no outcome, and whether no more of them come.
func (g *group) state() (waiting int, ended bool) {
	g.lock.Lock()
	defer g.lock.Unlock()
	return len(g.open), g.ended
}

// readLines reads standard input as far as there is room. A line that is larger than an item may be fails here: not all of it is kept.
func (g *group) readLines(input io.Reader, longest int) {
	lines := bufio.NewReaderSize(input, 64<<10)
	for {
		g.lock.Lock()
		for len(g.open) >= windowItems || g.size >= windowBytes {
			g.changed.Wait()
		}
		g.lock.Unlock()
		data, err := readLine(lines, longest)
		if err != nil && err != io.EOF {
			end(fmt.Errorf("standard input: %w", err)) // and the coordinator cancels the group
		}
		blank := len(bytes.Trim(data, " \t\r")) == 0
		if blank && err == nil {
			continue
		}
		next := item{data: data}
		if g.field != "" {
			next.key = keyOf(g.field, data, g.read)
		}
		g.lock.Lock()
		if g.ended = err == io.EOF && blank; !g.ended {
			g.open[g.read] = next
			g.size += len(data)
			g.read++
		}
		if len(data) > longest {
			text := fmt.Sprintf("larger than %d bytes", longest)
			g.fails(&wire.ItemFault{Sequence: g.read - 1, Kind: wire.ItemFault_TOO_LARGE, Text: text})
		}
		g.changed.Broadcast()
		g.lock.Unlock()
		if g.ended {
			return
		}
	}
}

// readLine returns the next line; of one that is too long only the begin.
func readLine(lines *bufio.Reader, longest int) ([]byte, error) {
	var line []byte
	for {
		part, err := lines.ReadSlice('\n')
		if len(line) <= longest {
			line = append(line, part...)
		}
		if err != bufio.ErrBufferFull {
			return bytes.TrimSuffix(line, []byte("\n")), err
		}
	}
}

// keyOf makes a number, not 0, of the text of that field; of the sequence for a line that has none.
func keyOf(field string, line []byte, sequence uint64) uint64 {
	var fields map[string]json.RawMessage
	var text string
	hash := fnv.New64a()
	if json.Unmarshal(line, &fields) != nil || fields[field] == nil || string(fields[field]) == "null" {
		fmt.Fprintf(hash, "\xff%d", sequence) // no text begins so
	} else if json.Unmarshal(fields[field], &text) == nil {
		io.WriteString(hash, text)
	} else {
		hash.Write(fields[field]) // a number, say, as it stands there
	}
	if number := hash.Sum64(); number != 0 {
		return number
	}
	return 1
}
