/** Files that are dropped anywhere on the page: the part that opens them takes them, when it is there. */

type Take = (file: File) => void

let waiting: File | null = null
let taker: Take | null = null

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

/** Takes what has been dropped, and what will be. @returns what ends that */
export const takeDropped = (take: Take): (() => void) => {
  taker = take
  if (waiting !== null) {
    const file = waiting
    waiting = null
    take(file)
  }
  return () => {
    taker = null
  }
}

/**
 * Lets files be dropped on the page.
 * @param show brings the part that opens them to the front
 * @returns what ends that
 */
export const acceptDrops = (show: () => void): (() => void) => {
  const over = (event: DragEvent): void => {
    if (hasFiles(event)) event.preventDefault()
  }
  const drop = (event: DragEvent): void => {
    const [file] = event.dataTransfer?.files ?? []
    if (file === undefined) return
    event.preventDefault()
    if (taker !== null) taker(file)
    else {
      waiting = file
      show()
    }
  }
  addEventListener('dragover', over)
  addEventListener('drop', drop)
  return () => {
    removeEventListener('dragover', over)
    removeEventListener('drop', drop)
  }
}
