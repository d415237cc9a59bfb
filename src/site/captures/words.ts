/** The words of the part that explains captures. */
import { LAB_WORDS } from '../labs/words.ts'

const en = {
  drop: 'Drop a capture here, or choose one',
  kinds:
    'pcap or pcapng of tcpdump, Wireshark or tuntcp, perhaps packed by gzip, or a recording of tuntcp. It is read here, by your browser: nothing leaves it.',
  another: 'Open another',
  reading: (name: string) => `${name} is read …`,
  read: (name: string, percent: number) => `${name}: ${percent} % read`,
  packets: (packets: number, connections: number) =>
    `${packets} packets, ${connections} ${connections === 1 ? 'connection' : 'connections'}`,
  others: (n: number, what: string) => `${n} ${what}`,
  broken: 'The file is broken',
  before: 'What comes before that is explained.',
  cut: (connections: number) =>
    `It has more than ${connections} connections: it was read up to there. Cut it, or take what matters (tcpdump -r FILE -w PART.pcap 'port 80').`,
  replayed: (events: number) => `A recording, played again here: ${events} events, all as recorded.`,
  differs: 'A recording, played again here, and not as it was recorded',
  noEnd: 'It has no end: the process that wrote it was killed.',
  none: 'There is no TCP connection in it.',
  connections: 'Connections',
  filter: 'Address or port',
  shown: (shown: number, all: number) => `the first ${shown} of ${all} are listed`,
  columns: { number: 'No.', from: 'From', to: 'To', segments: 'Segments', text: 'Bytes', lasted: 'Lasted' },
  explaining: 'It is explained …',
  span: 'A part of it, in seconds after the first packet of the capture',
  from: 'from',
  until: 'until',
  show: 'Show',
  tooMany: (segments: number, most: number) =>
    `It has ${segments} segments, more than the ${most} that are explained at once: choose a part of it.`,
  nothing: 'There is no segment of it in that time.',
  save: 'Save as text',
  failed: 'It could not be read:',
  section: LAB_WORDS.en.section,
}

export type CaptureWords = typeof en

const zh: CaptureWords = {
  drop: '把抓包文件拖到这里，或选择一个文件',
  kinds:
    'tcpdump、Wireshark 或 tuntcp 的 pcap、pcapng（可用 gzip 压缩），或 tuntcp 的录制文件。文件由你的浏览器在本地读取：不会上传任何内容。',
  another: '打开另一个',
  reading: name => `正在读取 ${name}……`,
  read: (name, percent) => `${name}：已读取 ${percent} %`,
  packets: (packets, connections) => `${packets} 个报文，${connections} 个连接`,
  others: (n, what) => `${n} 个 ${what}`,
  broken: '文件已损坏',
  before: '损坏处之前的内容仍有说明。',
  cut: connections =>
    `其中的连接多于 ${connections} 个：只读到那里为止。请把它切分，或只取所需部分（tcpdump -r FILE -w PART.pcap 'port 80'）。`,
  replayed: events => `录制文件，已在此重放：${events} 个事件，全部与录制一致。`,
  differs: '录制文件，已在此重放，但与录制不一致',
  noEnd: '它没有结尾：写它的进程被中止了。',
  none: '其中没有 TCP 连接。',
  connections: '连接',
  filter: '地址或端口',
  shown: (shown, all) => `列出 ${all} 个中的前 ${shown} 个`,
  columns: { number: '编号', from: '来自', to: '去往', segments: '报文段', text: '字节', lasted: '持续' },
  explaining: '正在说明……',
  span: '其中一段，以抓包第一个报文之后的秒数计',
  from: '从',
  until: '到',
  show: '显示',
  tooMany: (segments, most) => `它有 ${segments} 个报文段，超过一次能说明的 ${most} 个：请选择其中一段。`,
  nothing: '这段时间里没有它的报文段。',
  save: '存为文本',
  failed: '无法读取：',
  section: LAB_WORDS.zh.section,
}

export const CAPTURE_WORDS = { en, zh }
