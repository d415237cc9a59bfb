// What JavaScript has wherever it runs, beside the language itself: all that the entries without Node may take for granted.
declare const console: { error(...what: unknown[]): void }
declare const queueMicrotask: (callback: () => void) => void
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
}
interface AbortSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
}
