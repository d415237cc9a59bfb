/** The words of the part in which a congestion controller is written. */

const en = {
  editor: 'Your congestion controller',
  how: 'It is run beside CUBIC and BBR over the same path, with the same seed. Escape and then Tab leaves the editor; Ctrl+Enter runs it.',
  run: 'Run',
  stop: 'Stop',
  template: 'Back to the template',
  running: (percent: number) => `${percent} % run`,
  begun: 'It runs.',
  done: 'It has run: the results are there.',
  stopped: 'It was stopped.',
  endless: (seconds: number) => `Nothing has come of it for ${seconds} s: an endless loop? It was ended.`,
  wrong: (line: number | null, message: string) =>
    `${line === null ? 'Your controller' : `Your controller, line ${line}`}: ${message}`,
  failed: 'It cannot be run:',
  path: 'The path',
  fields: {
    delay: 'Delay, one way, ms',
    rate: 'Rate, Mbit/s',
    queue: 'Queue, kB',
    loss: 'Loss, %',
    seconds: 'Time, s',
    seed: 'Seed',
  },
  shared: 'all three at once, over one path',
  results: 'Results',
  controller: 'Controller',
  goodput: 'Goodput, Mbit/s',
  resent: 'Sent again, segments',
  plots: { cwnd: 'Congestion window', goodput: 'Goodput', rtt: 'Round trip' },
  units: { cwnd: 'kB', goodput: 'Mbit/s', rtt: 'ms' },
  says: (what: string, lanes: string) => `${what} over time: ${lanes}`,
  docs: 'The interface',
}

export type EditorWords = typeof en

const zh: EditorWords = {
  editor: '你的拥塞控制算法',
  how: '它与 CUBIC、BBR 在同一条路径上、以同一个种子运行。先按 Escape 再按 Tab 离开编辑器；Ctrl+Enter 运行。',
  run: '运行',
  stop: '停止',
  template: '恢复模板',
  running: percent => `已运行 ${percent} %`,
  begun: '正在运行。',
  done: '运行完毕，结果已列出。',
  stopped: '已停止。',
  endless: seconds => `${seconds} 秒内没有任何进展：是死循环吗？已将其终止。`,
  wrong: (line, message) => `${line === null ? '你的算法' : `你的算法，第 ${line} 行`}：${message}`,
  failed: '无法运行：',
  path: '路径',
  fields: {
    delay: '单向延迟（毫秒）',
    rate: '速率（Mbit/s）',
    queue: '队列（kB）',
    loss: '丢包率（%）',
    seconds: '时长（秒）',
    seed: '随机种子',
  },
  shared: '三者同时使用一条路径',
  results: '结果',
  controller: '算法',
  goodput: '有效吞吐量（Mbit/s）',
  resent: '重传的报文段',
  plots: { cwnd: '拥塞窗口', goodput: '有效吞吐量', rtt: '往返时间' },
  units: { cwnd: 'kB', goodput: 'Mbit/s', rtt: '毫秒' },
  says: (what, lanes) => `${what}随时间的变化：${lanes}`,
  docs: '接口',
}

export const EDITOR_WORDS = { en, zh }
