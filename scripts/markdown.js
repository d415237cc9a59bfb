// Parts of pages that scripts write.

/** A table, its columns of one width. @param rows texts of cells, the head first @returns its lines */
export const table = rows => {
  const widths = rows[0].map((_, i) => Math.max(...rows.map(row => row[i].length)))
  const line = row => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
  return [line(rows[0]), `| ${widths.map(n => '-'.repeat(n)).join(' | ')} |`, ...rows.slice(1).map(line)]
}

/** The page with another text between two marks; null when it has no place for one. */
export const withPart = (page, begin, end, text) => {
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  return from < 0 || to < from ? null : `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`
}
