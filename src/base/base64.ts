/** Base64 (RFC 4648 §4), wherever JavaScript runs. */

export const toBase64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]!)
  return btoa(text)
}

/** The bytes of a text; none where it is no base64. */
export const fromBase64 = (text: string): Uint8Array => {
  let decoded: string
  try {
    decoded = atob(text)
  } catch {
    return new Uint8Array(0)
  }
  // A loop takes a tenth of the time of Uint8Array.from() over the letters.
  const bytes = new Uint8Array(decoded.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = decoded.charCodeAt(i)
  return bytes
}
