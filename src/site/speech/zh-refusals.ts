/** Chinese for what is refused: values of faults and options, and controllers that cannot be run. */
import type { Phrases } from './phrasebook.ts'

export const REFUSALS: Phrases = {
  // Options of a TCP.
  'TCP option {1} must be from {2} to {3}, not {4}': 'TCP 选项 {1} 必须在 {2} 到 {3} 之间，而不是 {4}',
  'TCP option {1} must be one of {2}, not {3}': 'TCP 选项 {1} 必须是 {2} 之一，而不是 {3}',
  'TCP option {1} takes a {2}, not {3}': 'TCP 选项 {1} 的类型应为 {2}，而不是 {3}',
  'TCP option {1} must be a whole number, not {2}': 'TCP 选项 {1} 必须是整数，而不是 {2}',
  'whole numbers only': '只能是整数',
  // Faults of a path.
  "The property '{1}' must be {2}. Received '{3}'": '{1} 必须是{2}，而不是“{3}”',
  'The value of "{1}" is out of range. It must be {2}. Received {3}': '{1} 超出范围，必须是{2}，而不是 {3}',
  'a duration, such as {1}': '时长，例如 {1}',
  'a duration of 0 or more, such as {1}': '不小于 0 的时长，例如 {1}',
  'a rate, such as {1}': '速率，例如 {1}',
  'a rate of more than 0, such as {1}': '大于 0 的速率，例如 {1}',
  'a size, such as {1}': '字节数，例如 {1}',
  'a size of {1} bytes or more, such as {2}': '不小于 {1} 的整数字节数，例如 {2}',
  'a probability, such as {1}': '概率，例如 {1}',
  'a probability from 0 to 1 (0% to 100%), such as {1}': '0 到 1（0% 到 100%）之间的概率，例如 {1}',
  "40 (milliseconds), '40ms', '1.5s' or '15min' (us, ms, s, min, h, d)":
    '40（毫秒）、40ms、1.5s 或 15min（单位可用 us、ms、s、min、h、d）',
  "1e6 (bits a second), '64kbit', '10mbit' or '1gbit'": '1e6（比特每秒）、64kbit、10mbit 或 1gbit',
  "1500 (bytes), '64kB' (64,000) or '64KiB' (65,536)": '1500（字节）、64kB（64,000）或 64KiB（65,536）',
  "0.05 or '5%'": '0.05 或 5%',
  '{1} is no number': '{1} 不是数字',
  '{1} must have an end': '{1} 必须有限',
  // Controllers of one's own. What a browser says of a program is the browser's own.
  '{1} (in {2}())': '{1}（在 {2}() 中）',
  'cwnd is {1}: it must be a number of bytes above 0': 'cwnd 为 {1}：它必须是大于 0 的字节数',
  'ssthresh is {1}: it must be a number of bytes above 0': 'ssthresh 为 {1}：它必须是大于 0 的字节数',
  'pacingRate is {1}: it must be bytes per ms, or 0': 'pacingRate 为 {1}：它必须是每毫秒的字节数，或者 0',
  'the script registers no controller: {1}': '脚本没有注册任何算法：{1}',
  'TypeError: {1}': 'TypeError：{1}',
  'RangeError: {1}': 'RangeError：{1}',
  "the congestion control '{1}' must make an object, not {2}": '拥塞控制“{1}”必须产生一个对象，而不是 {2}',
  "the congestion control '{1}' has no {2}: see CongestionControl":
    '拥塞控制“{1}”缺少 {2}：见接口 CongestionControl',
  "the congestion control '{1}' must have a number {2}: see CongestionControl":
    '拥塞控制“{1}”的 {2} 必须是数字：见接口 CongestionControl',
  'a congestion control needs a name, not {1}': '拥塞控制需要一个名字，而不是 {1}',
  "the congestion control '{1}' is built in: choose another name": '拥塞控制“{1}”是内置的：请换一个名字',
  "the congestion control '{1}' needs a function that makes one for a connection":
    '拥塞控制“{1}”需要一个为每条连接产生算法的函数',
}
