/** The words of the labs' part. */
import { SECTION_WORDS } from '../../lab/html/section.tsx'

const en = {
  list: 'Experiments',
  choose: 'Experiment',
  running: 'It runs …',
  failed: 'It could not be run:',
  verdict: (holds: number, all: number) =>
    holds === all ? `It shows what it must: ${all} checks passed` : `${all - holds} of ${all} checks failed`,
  seed: 'Seed',
  family: 'IP version',
  run: 'Run it again',
  text: 'The ladder as text',
  textHint: 'As `tuntcp lab` prints it.',
  kernel: 'This one takes the kernel’s TCP at one end, which no page has: ',
  kernelHint: 'To see it, run as root',
  page: 'About this experiment',
  notTranslated: '',
  section: SECTION_WORDS,
}

export type LabWords = typeof en

const zh: LabWords = {
  list: '实验',
  choose: '选择实验',
  running: '正在运行……',
  failed: '无法运行：',
  verdict: (holds, all) =>
    holds === all ? `结果符合要求：${all} 项检查全部通过` : `${all} 项检查中有 ${all - holds} 项未通过`,
  seed: '随机种子',
  family: 'IP 版本',
  run: '再运行一次',
  text: '文本形式的时序图',
  textHint: '与 `tuntcp lab` 的输出相同。',
  kernel: '这个实验需要一端使用内核的 TCP，网页里没有：',
  kernelHint: '要看它，请以 root 身份运行',
  page: '关于这个实验',
  notTranslated: '这一页尚无中文版本，以下为英文。',
  section: {
    ladder: '时序图',
    keys: '用 Tab 到达第一个报文段，再用方向键移动；Enter 显示详情，Escape 关闭。',
    overTime: '随时间的变化',
    states: '状态',
    log: '逐段说明',
    allSegments: '所有报文段及其详情',
    details: '报文段详情',
    close: '关闭详情',
  },
}

export const LAB_WORDS = { en, zh }
