/** The labs' own texts in Chinese: a line for the list, and the behaviour to look for. */
export interface LabText {
  readonly summary: string
  readonly shows: string
}

export const LAB_TEXTS: Readonly<Record<string, LabText>> = {
  handshake: {
    summary: '一个连接打开又关闭，没有传一个字节的数据：六个报文段',
    shows:
      'SYN、SYN-ACK、ACK；FIN-ACK、FIN-ACK（服务器立即关闭，所以对 FIN 的确认搭在它自己的 FIN 上）、ACK。SYN 与 FIN 各占一个序列号，因此才能被确认：ack = seq + 1。两个连接的初始序列号彼此无关（RFC 6528）。',
  },
  sequence: {
    summary: '双方发送几种大小的数据：什么占用序列号',
    shows:
      '一个字节的数据占一个序列号，SYN 与 FIN 各占一个，纯 ACK 不占：它之后的报文段与它序列号相同。确认号是期待的下一个字节：ack = seq + 长度。',
  },
  'close-client': {
    summary: '客户端先关闭，服务器一秒之后关闭：四个报文段各自分开',
    shows:
      '先关闭的一方最后进入 TIME_WAIT，并停留 2MSL：它的最后一个 ACK 可能丢失，而且在同一对端口再次使用之前，旧的报文段必须在网络中消亡（RFC 9293 §3.6.1）。另一方经过 CLOSE_WAIT（它的程序还没有关闭）和 LAST_ACK。',
  },
  'close-server': {
    summary: '服务器写数据，等一秒后先关闭；客户端再过一秒关闭',
    shows:
      '同一条路，角色对调：TIME_WAIT 属于先关闭的一方，无论它叫客户端还是服务器。状态机里没有客户端和服务器之分。',
  },
  'close-both': {
    summary: '双方同时关闭，FIN 交叉；然后是用 FIN 确认 FIN 的捷径',
    shows:
      '自己的 FIN 还没有得到确认，对方的 FIN 就到了，于是进入 CLOSING，双方最后都在 TIME_WAIT（RFC 9293 图 13）。如果对方的 FIN 同时确认了我们的 FIN，FIN_WAIT_1 直接进入 TIME_WAIT。',
  },
  'half-close': {
    summary: '客户端关闭自己的发送方向，服务器继续发送一阵',
    shows:
      'FIN 的意思是“我没有更多要发送”，不是“我走了”：另一个方向想持续多久就持续多久。客户端在自己的 FIN 之后仍确认到来的数据，直到服务器的 FIN 到达，读到结尾（0 字节）。',
  },
  'time-wait-restart': {
    summary: '服务器先关闭、停止，又立即在同一端口上重新启动',
    shows:
      'TIME_WAIT 比产生它的监听者活得更久，并占着端口：没有 SO_REUSEADDR，重新启动会因 EADDRINUSE 失败；有了它，新的监听者立即可用。2MSL 之后两者没有区别。',
  },
  'lost-last-ack': {
    summary: '关闭过程的最后一个 ACK 在途中丢失',
    shows:
      '这正是 TIME_WAIT 的用处：LAST_ACK 中的对端在重传超时之后重发 FIN，TIME_WAIT 再次确认它，并重新开始 2MSL（RFC 9293 §3.10.7.4）。没有 TIME_WAIT，对端会被复位。',
  },
  'close-wait': {
    summary: '忘记关闭的服务器程序：连接堆积在 CLOSE_WAIT',
    shows:
      'CLOSE_WAIT 没有超时：它等待程序，程序活多久就等多久。大量的 CLOSE_WAIT 总是程序的错误，从来不是网络的。另一端在 FIN_WAIT_2 里等到它的 TCP 放弃；最后才来的 FIN 已无人接收，得到 RST 回答。',
  },
  'fin-wait-2': {
    summary: '一方关闭，另一方始终不关：FIN_WAIT_2 持续多久',
    shows:
      '应用程序已放手的套接字在超时之后离开 FIN_WAIT_2（60 秒，可设；RFC 9293 没有要求，但各系统都这样做）。只做了半关闭的则一直停留：它的应用程序还可能读取，RFC 允许另一端想拖多久就拖多久。',
  },
  'write-after-close': {
    summary: '对端已完全关闭，我们继续写',
    shows:
      'FIN 只表示不会再有数据：它之后的第一次写照常发出。已经没有人能读它，所以得到 RST 回答（RFC 9293 §3.6.1，SHLD-3），第二次写才失败，得到 EPIPE 或 ECONNRESET。',
  },
  'unread-close': {
    summary: '接收缓冲区里还有未读的数据，应用程序就关闭：发 RST 而不是 FIN',
    shows:
      'FIN 会告诉发送方：它发送的一切都已按序收到。事实并非如此，所以连接被复位（RFC 9293 §3.6.1，SHLD-3；RFC 2525 §2.17）。没读完请求就回答的 HTTP 服务器会遇到它。',
  },
  'shared-descriptor': {
    summary: 'FIN 在套接字的最后一个描述符消失时发出，而不是第一次 close 时',
    shows:
      'close() 归还一个描述符，最后一个归还时连接才关闭。Java NIO 用 dup2 关闭通道：它建立一对套接字，关闭其中一端，再用另一端顶替原来的套接字；FIN 在 dup2 时发出，不是在关闭那对套接字的一端时。',
  },
  'connect-timeout': {
    summary: '连接一台从不回答的主机：TCP 的超时，与应用程序自己的超时',
    shows:
      'SYN 在 0、1、3、7、15……秒发出，每次等待的时间加倍（RFC 6298 §2.1、§5.5），序列号始终相同；重试用完之后应用程序得到 ETIMEDOUT。重试次数可设（Linux 为 6 次）；应用程序提前关闭，尝试就到此为止，没有报文段告诉另一端。',
  },
  refused: {
    summary: '连接一个无人监听的端口',
    shows:
      'CLOSED 用 RST 回答 SYN 并确认它，序列号为 0（RFC 9293 §3.10.7.1）。应用程序立即得到 ECONNREFUSED，不必等待超时。',
  },
  'time-wait-exhaustion': {
    summary: '爬虫建立大量短连接并总是先关闭：TIME_WAIT 堆积在哪里',
    shows:
      '每个连接都在先关闭的一方留下一个 TIME_WAIT，在它结束之前，这个端口不能再用于同一台服务器：指定端口时得到 EADDRINUSE，端口全部占用时得到 EADDRNOTAVAIL。服务器先关闭时（Connection: close），堆积的就是服务器；在那里，时间戳更新的 SYN 可以立即取代 TIME_WAIT（RFC 6191）。',
  },
  'delayed-ack': {
    summary: '确认何时搭在数据上，何时等待，等多久',
    shows:
      '立即到来的回答带上对问题的确认。没有回答时，单个报文段在延迟之后得到确认（RFC 9293 §3.8.6.3：不到半秒）；满长报文段的数据流至少每两个就立即确认一次。对 FIN 的确认同样会等待：应用程序读到结尾就立即关闭时，它并入另一个 FIN。',
  },
  loss: {
    summary: '有丢失、乱序和重复的传输：TCP 修复它们的几种办法',
    shows:
      '缺口由重复 ACK 告知：第三个引起重传（RFC 5681 §3.2）；SACK 块说明已经收到什么（RFC 2018）；什么也不回来时定时器到期，每次时间加倍（RFC 6298 §5.5）。无论网络怎样，每个字节都按序读到一次。',
  },
  'zero-window': {
    summary: '接收方停止读取：窗口关闭、被探测、再打开',
    shows:
      '接收方在每个 ACK 里说明还能容纳多少：为 0 时发送方停下。打开窗口的更新可能丢失，所以发送方以越来越长的间隔探测，只要有回答就一直探测下去（RFC 9293 §3.8.6.1）。应用程序再次读取时传输继续，什么也不会丢失。',
  },
  keepalive: {
    summary: '空闲的连接，对端消失了',
    shows:
      '空闲的连接上 TCP 什么也不发送：除非启用保活，对端消失永远不会被察觉（RFC 9293 §3.8.4；默认关闭，启用后也要两小时）。探测重复最后一个序列号，因此必须得到确认；连续多次没有回答，应用程序得到 ETIMEDOUT。',
  },
}
