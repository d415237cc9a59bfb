/** Why a figure of ours is below the kernel's of so many runs, where that is known; a sentence, or null. */
export const whyLow = ({ loss }, runs) =>
  runs === 1 && loss === 0.001
    ? 'a single run of ten seconds sees some ten losses, and where the first of them falls decides how far slow start gets: it is no measure.'
    : null
