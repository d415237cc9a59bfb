/** Chinese for the interface of congestion controllers: its source tells the same in English. */

/** The words for an interface and for its members, by their names. */
interface Said {
  readonly says: string
  readonly members: Readonly<Record<string, string>>
}

export const INTERFACES_ZH: Readonly<Record<string, Said>> = {
  CongestionControl: {
    says: '决定一条连接可以有多少数据在途，以及以多快的速度发出。大小以字节计，时间以毫秒计。',
    members: {
      name: '选用它时所用的名字：“reno”“cubic”“bbr”……',
      cwnd: '拥塞窗口。平时由算法调整；恢复期间由按比例减窗（PRR，RFC 9937）调整，除非 ownsWindow 为真。',
      ssthresh: '低于它时慢启动，从它起拥塞避免（RFC 5681 §3.1）。',
      pacingRate: '新数据和重传的发送速率，字节每毫秒；0 表示只受窗口限制。',
      pacer: '与通常不同的发送节拍。',
      ownsWindow: '为真时，恢复期间的 cwnd 也由算法自己设定。',
      gradual:
        '为真时，标记使窗口缩小的幅度比丢失小：同一窗口的数据里若还有丢失，也要计入（RFC 8257 §3.5）。',
      l4s: '为真时，它对标记的反应符合 ECT(1) 的承诺（RFC 9331 §4.3）：报文带 ECT(1) 而不是 ECT(0)。',
      start: '连接已建立：有效的发送 MSS 和 ECN 的种类都已知道。可能调用两次（SYN 丢失时：RFC 5681 §3.1）。',
      acknowledged: '一个 ACK 送达了数据（或带来了 ECN 回显：见 congestion）。',
      congestion:
        '一次拥塞事件开始：发现丢失，或收到 ECN 回显；每个窗口最多一次。它设定 ssthresh；cwnd 由 PRR 逐步跟上，自己掌管窗口的算法则立即改变。inFlight 是在途字节数。',
      timedOut: '重传定时器到期；同一报文段此前已经超时过时，again 为真。',
      recovered: '恢复结束：开始恢复时在途的一切都已得到确认。',
      undo: '上一次拥塞事件或超时其实不是：把它造成的改变撤销（RFC 4015、RFC 9438 §4.9）。',
      restart: '超过一个 RTO 没有发送任何东西；发送重新开始（RFC 5681 §4.1）。',
      segmentSize: '发送 MSS 改变了（路径 MTU）。',
      lost: '发现有数据丢失。在告知此事的 congestion 或 acknowledged 之前调用。',
      resumed: '应用没有数据可发，所以没有在途数据；现在又有了。',
    },
  },
  AckSample: {
    says: '一个 ACK 带来的消息。这个对象会被重复使用：请在调用期间读取。',
    members: {
      now: '',
      acked: '新近累积确认的字节数。',
      delivered: '新近送达的字节数：第一次被确认或被 SACK 的。',
      lost: '新近发现丢失的字节数。',
      markedPackets:
        '新近得知的、被路由器标记 CE 的报文数和字节数。使用精确 ECN（RFC 9768）时是准确的计数；使用传统 ECN 时，一个 ACK 说的是它送达的全部，或者一个也没有。不带数据的报文也可能被标记。',
      marked: '',
      priorInFlight: '这个 ACK 之前和之后的在途字节数（即 RFC 9937 的 inflight：丢失的不计）。',
      inFlight: '',
      cwndLimited: '为真时，这批数据发出时限制发送的正是拥塞窗口（RFC 7661）。',
      recovering: '正在恢复丢失：快速恢复，或超时之后的修复。',
      afterTimeout: '正在进行超时之后的修复，或其后的慢启动：窗口增长缓慢（RFC 3465 §2.3）。',
      sack: '已商定使用 SACK：delivered 里没有早先已经离开网络的数据。',
      rtt: '最近送达且只发送过一次的报文段的往返时间，没有则为 -1。',
      minRtt: '最近几分钟内最短的往返时间，以及平滑后的往返时间；第一次测量之前为 -1。',
      srtt: '',
      deliveryRate:
        '最近送达的报文段在途期间的交付速率，字节每毫秒；没有样本时为 0（draft-ietf-ccwg-bbr，交付速率样本）。',
      appLimited: '为真时，速率受应用限制：除非更高，否则说明不了路径的情况。',
      totalDelivered: '这条连接到现在为止送达的字节数，以及到那个最近的报文段发出时为止送达的字节数。',
      priorDelivered: '',
      sentInFlight: '那个最近的报文段刚发出时的在途字节数，包括它自己；以及此后发现丢失的字节数。',
      lostSince: '',
      una: '这个 ACK 之后的 SND.UNA 和 SND.NXT。',
      nxt: '',
    },
  },
  LostSegment: {
    says: '一次发出、后来发现丢失的数据。这个对象会被重复使用：请在调用期间读取。',
    members: {
      now: '',
      seq: '',
      size: '字节数。',
      sentInFlight: '它刚发出时的在途字节数，包括它自己；以及此后发现丢失的字节数，包括它自己。',
      lostSince: '',
      totalDelivered: '这条连接到现在为止送达的字节数。',
      appLimited: '为真时，它发出时应用没有把管道填满。',
    },
  },
}
