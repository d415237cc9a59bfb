/** The rule behind each transition, in Chinese. */
import type { RuleName } from '../../view/parts/rules.ts'

const BOTH_CLOSED_RESET = '双方都已关闭，复位不会让任何人失去数据。控制块被释放。'
const BOTH_CLOSED_ABORT = '双方都已关闭：控制块直接释放，不发送 RST。'

export const RULES: Readonly<Record<RuleName, string>> = {
  'passive OPEN': '应用程序被动打开：为这个端口建立一个控制块，不发送任何报文段，等待 SYN 到来。',
  'active OPEN':
    '应用程序发起连接：协议栈选定初始序列号（ISS），发送带有它的 SYN。SYN 占用一个序列号，因此 SND.NXT 变为 ISS + 1。',
  'LISTEN SYN':
    '监听的端口收到一个 SYN。它的序列号成为 IRS，期待的下一个序列号是 IRS + 1；我们以自己的 ISS 回送 SYN,ACK。',
  'SYN_SENT SYN':
    '对端的 SYN 与我们的 SYN 交叉而过，它还没有确认任何东西。双方各自回送 SYN,ACK，并等待自己的 SYN 得到确认。',
  'SYN,ACK': '对端确认了我们的 SYN，并发来它自己的 SYN。两个方向都已约定，我们确认它的 SYN 后即可发送数据。',
  'ack of SYN':
    '我们的 SYN 得到确认：确认号大于 SND.UNA 且不大于 SND.NXT。窗口取自这个报文段，之后按 ESTABLISHED 状态继续处理。',
  'LISTEN CLOSE': '应用程序不再监听。没有对端需要通知，控制块直接释放。',
  'SYN_SENT CLOSE':
    '对端还没有回答，应用程序就关闭了。连接尚未建立，没有什么需要用 FIN 结束：等待中的调用得到通知，控制块被释放。',
  'SYN_RECEIVED CLOSE':
    '应用程序在握手期间关闭。如果没有待发送的数据，FIN 立即发出；否则等到连接建立、数据发完之后再发。',
  'ESTABLISHED CLOSE': '应用程序没有更多数据要发送。FIN 紧跟在最后一个数据字节之后；对端的数据仍然可以到达。',
  'CLOSE_WAIT CLOSE':
    '对端先前已经关闭，现在我们的应用程序也关闭了。FIN 紧跟在最后一个数据字节之后，只差对它的确认。',
  'ESTABLISHED FIN':
    '对端关闭了它的发送方向。它的 FIN 占用一个序列号并得到确认，读取方看到流的结尾；在我们的应用程序关闭之前，我们仍可继续发送。',
  'FIN_WAIT_1 FIN':
    '对端还没有确认我们的 FIN，它自己的 FIN 就到了：双方同时关闭。我们确认它的 FIN，并继续等待对我们 FIN 的确认。',
  'FIN, our FIN acked':
    '同一个报文段既带来对端的 FIN，又确认了我们的 FIN。两个方向都已关闭，因此跳过 FIN-WAIT-2，启动 2MSL 定时器。',
  'FIN_WAIT_2 FIN':
    '第二个方向也关闭了。我们确认这个 FIN，并把连接再保留 2MSL：这个确认可能丢失，旧的报文段也可能还在路上。',
  'FIN_WAIT_1 ack of FIN':
    '对端确认了我们的 FIN。我们的方向已经关闭；只要对端还有数据要发送，另一个方向就一直开着。',
  'CLOSING ack of FIN': '两个 FIN 交叉而过，现在我们的 FIN 也得到了确认。连接再保留 2MSL。',
  'LAST_ACK ack of FIN':
    '只剩我们的 FIN 还没有得到确认，现在确认到了。这一端不必等待：先关闭的一端保持 TIME-WAIT。',
  '2MSL timeout':
    '报文段最大生存时间（MSL）的两倍已经过去，网络中不可能再有这个连接的报文段，因此这对端口又可以使用了。',
  'SYN reuses TIME_WAIT':
    '同一对端口上来了新的 SYN。如果它的时间戳证明它比旧连接发送过的一切都新，就可以提前结束 TIME-WAIT。',
  'SYN_SENT RST':
    '这个 RST 确认了我们的 SYN，所以是对它的回答：那里没有程序在监听。没有确认我们 SYN 的 RST 可能出自任何人，会被丢弃。',
  'SYN_RECEIVED RST': '连接由本端发起，在握手期间被拒绝。应用程序得到通知，控制块被释放。',
  'RST after passive OPEN': '对端在握手期间放弃了。监听者还不知道有过这个连接，继续监听即可。',
  'SYN after passive OPEN': '对端在握手期间重新开始握手。监听者还不知道旧的那次尝试，继续监听即可。',
  RST: '对端复位了连接。两个方向上排队的一切都被丢弃，等待中的调用失败，应用程序得知连接已被复位。',
  'CLOSING RST': BOTH_CLOSED_RESET,
  'LAST_ACK RST': BOTH_CLOSED_RESET,
  ABORT: '应用程序放弃这个连接。对端由 RST 得知，两个方向上排队的一切都被丢弃。',
  'LISTEN ABORT': '监听被放弃。没有对端需要通知，等待中的调用失败，控制块被释放。',
  'SYN_SENT ABORT': '还没有得到回答，连接尝试就被放弃了。排队的数据被丢弃，不需要发送 RST。',
  'CLOSING ABORT': BOTH_CLOSED_ABORT,
  'LAST_ACK ABORT': BOTH_CLOSED_ABORT,
  'TIME_WAIT ABORT': BOTH_CLOSED_ABORT,
  'retransmission timeout': '同一个报文段一再重传仍没有回答，直到超过门限 R2。连接被关闭。',
  'user timeout':
    '数据得不到确认的时间超过了应用程序允许的限度。排队的一切都被丢弃，等待中的调用因超时而失败。',
  'FIN_WAIT_2 timeout':
    'RFC 9293 允许 FIN-WAIT-2 一直持续下去，这适合只做半关闭的应用程序。已经完全关闭的应用程序读不到后来的数据，所以连接过一段时间就结束，与 Linux 的 tcp_fin_timeout 相同。',
  'keep-alive timeout': '空闲的连接可以被探测。一次探测没有回答，不能就此认定连接已死；连续多次都没有才行。',
  'ICMP error': '硬错误（例如协议或端口不可达）会结束正在打开的连接。已建立的连接不会因为 ICMP 而结束。',
}
