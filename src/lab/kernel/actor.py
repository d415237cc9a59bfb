"""Makes the socket calls of a lab in the network namespace it was started in, and tells what comes of them.

Reads commands, a JSON object a line, from standard input: {"id": 1, "do": "connect", ...}. Answers each by
{"id": 1, "result": ...} on standard output, where a result is null or an errno's name, and reports what happens by
itself as {"event": ...}. Ends with its input.
"""
import errno
import json
import os
import select
import socket
import sys

MASK = 0xFFFFFFFF
STATES = ["", "ESTABLISHED", "SYN_SENT", "SYN_RECEIVED", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT", "CLOSED",
          "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "SYN_RECEIVED"]


def pattern(at, count):
    return bytes((((i + 1) * 0x9E3779B1) & MASK) >> 24 for i in range(at, at + count))


def tell(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def name_of(error):
    return errno.errorcode.get(error, str(error))


class Wire:
    def __init__(self, number, sock, options, connecting):
        self.number, self.sock, self.connecting = number, sock, connecting
        self.reading = options.get("reading", True)
        self.closes_at_end = options.get("closesAtEnd", False)
        self.sent = self.received = 0
        self.pending = b""
        self.shut = self.closing = self.ended = False
        sock.setblocking(False)
        self.ports = None

    def event(self, what, **more):
        tell(event=what, wire=self.number, **more)

    def fail(self, error):
        self.event("error", code=name_of(error))
        self.drop()

    def drop(self):
        wires.pop(self.number, None)
        try:
            self.ports = self.ports or (self.sock.getsockname()[1], self.sock.getpeername()[1])
        except OSError:
            pass
        self.sock.close()
        closed.append(self)

    def connected(self):
        error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self.connecting = False
        if error:
            return self.fail(error)
        self.ports = (self.sock.getsockname()[1], self.sock.getpeername()[1])
        self.event("connected", port=self.ports[0])

    def write(self, count):
        self.pending += pattern(self.sent, count)
        self.sent += count
        return self.flush()

    def flush(self):
        while self.pending and not self.connecting:
            try:
                self.pending = self.pending[self.sock.send(self.pending, socket.MSG_NOSIGNAL):]
            except BlockingIOError:
                return None
            except OSError as e:
                self.pending = b""
                return name_of(e.errno)
        if not self.pending:
            if self.closing:
                self.drop()
            elif self.shut:
                self.shut = False
                try:
                    self.sock.shutdown(socket.SHUT_WR)
                except OSError as e:
                    return name_of(e.errno)
        return None

    def readable(self):
        try:
            data = self.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError as e:
            return self.fail(e.errno)
        if data:
            intact = data == pattern(self.received, len(data))
            self.received += len(data)
            self.event("received", total=self.received, intact=intact)
            return
        self.ended = True
        if self.closes_at_end:
            self.closing = True
            self.flush()
        self.event("ended")


class Door:
    def __init__(self, number, port, options):
        self.number, self.options = number, options
        self.sock = socket.socket()
        if options.get("reuseAddress", True):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if "receiveBuffer" in options:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options["receiveBuffer"])
        self.sock.bind(("0.0.0.0", port))
        self.sock.listen(512)

    def readable(self):
        sock, peer = self.sock.accept()
        global accepted
        accepted -= 1
        wire = wires[accepted] = Wire(accepted, sock, self.options, False)
        wire.ports = (sock.getsockname()[1], peer[1])
        tell(event="accepted", door=self.number, wire=accepted, port=wire.ports[0])


def kernel_states():
    """(state, local port, remote port) of every socket here, oldest TIME_WAITs and all."""
    rows = []
    with open("/proc/net/tcp") as f:
        next(f)
        for line in f:
            words = line.split()
            rows.append((STATES[int(words[3], 16)], int(words[1].split(":")[1], 16), int(words[2].split(":")[1], 16)))
    return rows


def connect(c):
    sock = socket.socket()
    options = c.get("options", {})
    if "localPort" in options:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("0.0.0.0", options["localPort"]))
    wire = wires[c["wire"]] = Wire(c["wire"], sock, options, True)
    error = sock.connect_ex((c["address"], c["port"]))
    if error not in (0, errno.EINPROGRESS):
        del wires[c["wire"]]
        sock.close()
        return name_of(error)
    wire.event("port", port=sock.getsockname()[1])
    return None


def do(c):
    what = c["do"]
    if what == "states":
        return [row[0] for row in kernel_states()]
    if what == "connect":
        return connect(c)
    if what == "listen":
        try:
            doors[c["door"]] = Door(c["door"], c["port"], c.get("options", {}))
        except OSError as e:
            return name_of(e.errno)
        return None
    if what == "closeDoor":
        doors.pop(c["door"]).sock.close()
        return None
    wire = wires.get(c["wire"])
    if wire is None:
        return "EPIPE" if what == "write" else None
    if what == "write":
        return wire.write(c["bytes"])
    if what == "shutdown":
        wire.shut = True
        return wire.flush()
    if what == "close":
        wire.closing = True
        return wire.flush()
    if what == "read":
        wire.reading = c["on"]
    return None


def look_for_closed():
    """Tells of sockets that were closed and that the kernel has done with."""
    if not closed:
        return
    alive = {(row[1], row[2]) for row in kernel_states() if row[0] not in ("TIME_WAIT", "CLOSED")}
    for wire in closed[:]:
        if wire.ports not in alive:
            closed.remove(wire)
            wire.event("gone")


wires, doors, closed, accepted, line = {}, {}, [], 0, b""
while True:
    # What has ended is readable for ever.
    readers = [w for w in wires.values() if w.reading and not w.connecting and not w.ended]
    writers = [w for w in wires.values() if w.connecting or w.pending]
    r, w, _ = select.select(
        [0] + [x.sock for x in doors.values()] + [x.sock for x in readers], [x.sock for x in writers], [], 0.02)
    for x in writers:
        if x.sock in w:
            if x.connecting:
                x.connected()
            if x.number in wires:
                error = x.flush()
                if error:
                    x.event("error", code=error)
    for x in list(doors.values()):
        if x.sock in r:
            x.readable()
    for x in readers:
        if x.sock in r and x.number in wires:
            x.readable()
    if 0 in r:
        more = os.read(0, 65536)
        if not more:
            break
        line += more
        while b"\n" in line:
            command, line = line.split(b"\n", 1)
            command = json.loads(command)
            tell(id=command["id"], result=do(command))
    look_for_closed()
