/** Workers of the playground. Their scripts are the files `*.worker.ts` of this room; the name is the file's. */

declare const tuntcpWorker: (name: string) => Promise<string>

/** Starts one; a browser that shows a file starts none but those it has in memory. */
export const startWorker = async (name: string): Promise<Worker> => {
  const url = URL.createObjectURL(new Blob([await tuntcpWorker(name)], { type: 'text/javascript' }))
  const worker = new Worker(url)
  URL.revokeObjectURL(url)
  return worker
}
