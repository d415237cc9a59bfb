import { LinuxWindow } from './linux-window.ts'

/** Reno as Linux has it (tcp_reno_cong_avoid(), tcp_reno_ssthresh()). Our own `reno` follows RFC 5681 and RFC 3465. */
export class LinuxReno extends LinuxWindow {
  readonly name = 'reno'

  protected reduced(): number {
    return Math.max(2, this.segments >> 1) * this.mss
  }

  protected every(): number {
    return this.segments
  }
}
