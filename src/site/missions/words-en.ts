/** The words of the missions. */

export interface MissionText {
  readonly title: string
  readonly task: string
  /** By the name of the goal, in its order. */
  readonly goals: Readonly<Record<string, string>>
  /** From the first nudge to the whole way. */
  readonly hints: readonly string[]
  /** The lesson, told when it is solved. */
  readonly moral: string
}

export interface MissionWords {
  readonly list: string
  readonly goals: string
  readonly standing: Readonly<Record<'open' | 'met' | 'missed', string>>
  readonly verdict: Readonly<Record<'open' | 'solved' | 'failed', string>>
  readonly hint: (next: number, all: number) => string
  readonly anew: string
  readonly next: string
  readonly wait: readonly (readonly [ms: number, text: string])[]
  readonly missions: Readonly<Record<string, MissionText>>
}

export const en: MissionWords = {
  list: 'Missions',
  goals: 'Goals',
  standing: { open: 'not yet', met: 'done', missed: 'missed' },
  verdict: {
    open: 'Under way',
    solved: 'Solved!',
    failed: 'Failed: begin anew, or go back in time and take another way.',
  },
  hint: (next, all) => `Hint ${next} of ${all}`,
  anew: 'Begin anew',
  next: 'Next mission',
  wait: [
    [1000, 'Let 1 s pass'],
    [60_000, 'Let 1 min pass'],
    [300_000, 'Let 5 min pass'],
  ],
  missions: {
    refused: {
      title: 'Knock at a closed door',
      task: 'Have the client connect where nobody listens, and see how it learns of it.',
      goals: {
        reset: 'The SYN is answered by a reset',
        told: 'The client’s program is told ECONNREFUSED',
      },
      hints: [
        'A port at which nobody listens answers for itself: its host is there, only the program is not.',
        'Press nothing at the server. Press Connect at the client.',
      ],
      moral:
        'A refusal takes one round trip. Silence takes minutes: a firewall that drops SYNs looks quite different from a port that is closed.',
    },
    silence: {
      title: 'Knock where nobody answers',
      task: 'Have the client connect to a server that is not there at all, and wait until it gives up by itself.',
      goals: { again: 'The SYN is sent four times at least', told: 'The client’s program hears ETIMEDOUT' },
      hints: [
        'A closed port answers. A host whose cable is pulled does not.',
        'Unplug the server, and connect.',
        'Let five minutes pass: each wait is twice as long as the one before. Look at the times on the ladder.',
      ],
      moral:
        'Five minutes here, and with Linux’s six retries still two: a program that wants to know sooner needs a timeout of its own. The TCP’s is not meant for people.',
    },
    'half-close': {
      title: 'Say no more, and go on listening',
      task: 'End the client’s direction only, have the server send something after that, and close in good order.',
      goals: {
        flows: 'Text of the server arrives after the client’s FIN, and is acknowledged',
        order: 'The server closes too, and the client comes to TIME_WAIT',
      },
      hints: [
        'close() ends both directions for a program: nobody would read any more. shutdown() ends one.',
        '“Half-close” the client, then send from the server, then close the server.',
      ],
      moral:
        'A FIN closes one direction. “Send everything, half-close, read the answer to its end” needs no length and no marker.',
    },
    closing: {
      title: 'Make a CLOSING',
      task: 'Bring both ends of the connection into CLOSING, the rarest of the states.',
      goals: {
        crossed: 'Both ends enter CLOSING: their FINs have crossed',
        both: 'Both ends come to TIME_WAIT',
      },
      hints: [
        'CLOSING is for who gets a FIN while its own is not acknowledged.',
        'Both FINs must be on their way at the same time. A segment flies for 20 ms.',
        'Choose “step by hand”, press Close at the client and, before time passes, Close at the server; then let time pass.',
      ],
      moral:
        'When both close first, both have TIME_WAIT. In real networks CLOSING lasts half a round trip, and hardly anybody sees it.',
    },
    'simultaneous-open': {
      title: 'Open from both sides at once',
      task: 'Have both hosts call each other at the same moment, so that their SYNs cross: one connection comes of it, and nobody has listened.',
      goals: {
        crossed: 'Both sides go from SYN_SENT to SYN_RECEIVED',
        both: 'Both sides are ESTABLISHED',
      },
      hints: [
        'Here programs connect from port 80 to port 80: the two SYNs belong to the same connection. A segment flies for 20 ms.',
        'A host that has not called yet answers a SYN by a reset: the second call must be made before the first SYN arrives.',
        'Choose “step by hand”, press “Connect” at both hosts before any time passes, and then let time pass.',
      ],
      moral:
        'TCP knows no client and no server. Two programs behind firewalls that let nothing in meet in this way: it is called hole punching.',
    },
    'close-wait': {
      title: 'Leak a CLOSE_WAIT',
      task: 'Leave the server with a connection in CLOSE_WAIT that nobody will ever close, when the client has long forgotten it.',
      goals: {
        waits: 'The server’s end is in CLOSE_WAIT',
        forgotten: 'The client gives up FIN_WAIT_2 and forgets the connection',
        leaked: 'The server still has it',
      },
      hints: [
        'Who gets a FIN waits for its own program to close. Nothing but the program ends CLOSE_WAIT.',
        'Close the client, do not close the server, and let more than a minute pass.',
      ],
      moral:
        'CLOSE_WAIT has no timeout: it is a bug of the program that does not close, and it stays until the process ends.',
    },
    'late-fin': {
      title: 'A farewell that comes too late',
      task: 'The client closes and, after a while, forgets. Only then have the server close: see what its FIN is told, and how its connection ends.',
      goals: {
        forgotten: 'The client has given up FIN_WAIT_2',
        late: 'The server’s late FIN is answered by a reset, and LAST_ACK ends',
      },
      hints: [
        'FIN_WAIT_2 lasts a minute for a program that has closed completely.',
        'Close the client, let more than a minute pass, then close the server.',
      ],
      moral:
        'A server that repairs its leak finds out that nobody is there any more. The reset harms nobody: all text had arrived long before.',
    },
    'last-ack': {
      title: 'Lose the last ACK',
      task: 'Have the very last ACK of a close lost, and see what TIME_WAIT is for.',
      goals: {
        lost: 'The ACK of the server’s FIN is lost',
        again: 'The server sends its FIN again, and it arrives',
        answered: 'TIME_WAIT answers, and the server’s end is gone',
      },
      hints: [
        'The last ACK is the client’s, when the client has closed first.',
        'Choose “to the server” under “The path” before you lose an ACK, so that it is the client’s.',
        'Close the client; wait until the server is in CLOSE_WAIT; lose the next ACK to the server; close the server; let a few seconds pass.',
      ],
      moral:
        'Nobody acknowledges an ACK. So who sends the last one stays for a while, to send it again: that is TIME_WAIT.',
    },
    ports: {
      title: 'Exhaust the ports',
      task: 'The client has only four ephemeral ports here. Use them up with connections that are all closed, and get one back.',
      goals: {
        pile: 'Four TIME_WAITs at the client, none at the server',
        free: 'After 2 MSL the client connects once more',
      },
      hints: [
        'TIME_WAIT stays with who closes first.',
        'Four times: connect, close the client, then close the server.',
        'A TIME_WAIT lasts for a minute here. Let it pass, then connect.',
      ],
      moral:
        'A client that closes first has no more connections to one server a minute than it has ports. Let the server close first, or keep connections open.',
    },
    reuse: {
      title: 'Take over a TIME_WAIT',
      task: 'The client has one port only. Leave a TIME_WAIT of it at the server, and connect from that port again at once, without waiting for 2 MSL.',
      goals: {
        pile: 'The server has a TIME_WAIT, the client has none',
        taken: 'A SYN takes its place',
        open: 'The new connection is established',
      },
      hints: [
        'TIME_WAIT is with the side that closes first, and only the side without one may use the port at once.',
        'Connect, close the server, close the client, and connect again within a minute.',
      ],
      moral:
        'A SYN whose timestamp is newer than all that was before cannot be an old one: it may end a TIME_WAIT (RFC 6191). Where it was allowed without a proof, old segments killed new connections: “TIME-WAIT assassination” (RFC 1337).',
    },
    'zero-window': {
      title: 'Shut the window',
      task: 'Make the server’s window close, see it probed, and open it again. Nothing is to be lost.',
      goals: {
        shut: 'The server tells a window of 0',
        probed: 'The client probes the window',
        opened: 'The window opens, and text arrives again',
      },
      hints: [
        'A window closes when the program does not read what has come.',
        'The server’s buffer has 8,000 bytes. Stop reading, and send more than that.',
        'Stop reading at the server, send 30000 bytes from the client, let some seconds pass, and read on.',
      ],
      moral:
        'The window is the receiver’s word. An update may be lost: that is why the sender asks, for as long as it is answered.',
    },
    deadlock: {
      title: 'The news that got lost',
      task: 'The server’s window is shut and opens again, but that news is lost. Both sides could now wait for ever: see who breaks the deadlock.',
      goals: {
        shut: 'The server offers a window of 0',
        lost: 'The segment that opens the window is lost',
        probe: 'A probe of the client finds it open, and text arrives again',
      },
      hints: [
        'The server’s buffer has 8000 bytes: stop reading there, and send 30000 from the client.',
        'The news is an ACK to the client. Other ACKs to the client, those of the probes, must not be lost in its place.',
        'Choose “step by hand”. Lose the next ACK to the client and, before any time passes, read on at the server. Then let time pass.',
      ],
      moral:
        'An ACK is not acknowledged, so nobody repeats a window update. That is why a sender must probe a shut window for as long as it is answered (RFC 9293 §3.8.6.1).',
    },
    gone: {
      title: 'Write to who has gone',
      task: 'Have the client write to a server whose program has closed completely, and see what it gets.',
      goals: {
        reset: 'The text is answered by a reset',
        told: 'The client’s program hears of it',
      },
      hints: [
        'A FIN says “I have no more to say”; it does not say whether anybody listens.',
        'Close the server (not half-close), wait, and send something from the client.',
      ],
      moral:
        'The first write after the other side’s close works, as it seems; its answer is a reset, and the second one fails.',
    },
    'half-open': {
      title: 'Half-open',
      task: 'Make a connection of which only one side knows, and have that side find out.',
      goals: {
        unaware:
          'Text of the client comes to a server that knows of no connection, and is answered by a reset',
        told: 'The client’s program is told ECONNRESET',
      },
      hints: [
        'A host that loses its power says good-bye to nobody.',
        'Crash the server, reboot it, and send something from the client.',
      ],
      moral: 'As long as nobody sends, a half-open connection stays for ever. Keep-alive exists for that.',
    },
    'quick-repair': {
      title: 'Repair without a timeout',
      task: 'Lose a segment of text on its way to the server, and have it repaired before any timer fires.',
      goals: {
        lost: 'A segment of the client’s text is lost',
        quick: 'It is sent again because others have arrived, not by a timer',
      },
      hints: [
        'A gap shows only when something comes after it.',
        'Lose the next text to the server, and then send enough for more than four segments.',
        'Lose the next text, and send 30000 bytes from the client.',
      ],
      moral:
        'A loss within a stream costs a round trip; the loss of the last segment costs a timer. Short answers suffer most.',
    },
    'delayed-ack': {
      title: 'The delayed ACK trap',
      task: 'Two small writes one after the other: have the second wait for the delayed ACK of the first. Then get out of the trap.',
      goals: {
        trapped: 'A small piece of text waits until a delayed ACK has come',
        freed: 'On another connection two small pieces leave at once',
      },
      hints: [
        'Nagle’s algorithm holds a small segment back while another is not acknowledged; the server delays its ACKs by 200 ms here.',
        'Choose “step by hand” and send 100 bytes twice, before any time passes. Then let a second pass.',
        'Set “without Nagle” for new connections of the client, connect once more, and send 100 bytes twice.',
      ],
      moral:
        'Nagle and delayed ACKs are each sensible and together a trap: write once, or switch Nagle off (TCP_NODELAY).',
    },
    'black-hole': {
      title: 'Find the black hole',
      task: 'Something on the way to the server swallows large packets, without a word. Find the size from which it does: a size that passes and one that does not, at most 64 bytes apart. You have eleven tries.',
      goals: {
        swallowed: 'A segment is swallowed',
        passed: 'A segment passes',
        edge: 'The two are at most 64 bytes apart',
      },
      hints: [
        'The handshake passes: it is small. Send pieces of different sizes, each over a connection of its own: one that is stuck would hold up what follows.',
        'Begin in the middle: 700 bytes pass, 1200 do not. Halve what is between.',
        'Links are often made for 1006 bytes, of which 40 to 52 are headers.',
      ],
      moral:
        'Where ICMP is filtered, nobody tells a sender that its packets are too large: a connection opens, and then it hangs. “Path MTU black hole” is its name.',
    },
  },
}
