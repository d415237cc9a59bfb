/** Ends the program in order on SIGINT and SIGTERM: exit code 0. Who asks twice is not kept waiting: 130. */
export const endWith = (close: () => Promise<void>): void => {
  let ending = false
  const end = () => {
    if (ending) process.exit(130)
    ending = true
    close().then(
      () => process.exit(0),
      error => {
        console.error(`tuntcp: ${error instanceof Error ? error.message : error}`)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
}
