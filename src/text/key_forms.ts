/**
 * Well-known forms of keys and tokens: whoever finds one in a text has found a secret.
 *
 * @module
 */

/** Sources of regular expressions, each for a whole key; letters count in either case. */
export const KEY_FORMS: readonly string[] = [
  "\\beyJ[\\w-]{10,}\\.eyJ[\\w-]{10,}\\.[\\w-]*", // a JSON web token
  "\\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}|\\b(?:sk|pk|rk)_(?:live|test)_\\w{8,}|\\bwhsec_\\w{16,}",
  "\\bgh[pousr]_[A-Za-z0-9]{20,}|\\bgithub_pat_\\w{20,}|\\bgl(?:pat|dt|rt|cbt)-[\\w-]{16,}",
  "\\bhf_[A-Za-z0-9]{16,}|\\bgsk_[A-Za-z0-9]{16,}|\\br8_[A-Za-z0-9]{16,}|\\b(?:xai|pplx)-\\w{16,}",
  "\\bxox[abeprs](?:\\.|-)[\\w.-]{10,}|\\bxapp-[\\w-]{10,}|\\bSG\\.[\\w-]{16,}\\.[\\w-]{16,}",
  "\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b|\\bAIza[\\w-]{30,}|\\bya29\\.[\\w-]{16,}",
  "\\bnpm_[A-Za-z0-9]{30,}|\\bpypi-[\\w-]{16,}|\\bdckr_(?:pat|oat)_[\\w-]{16,}|\\bdo[opr]_v1_\\w{16,}",
  "\\bshp(?:at|ca|pa|ss)_\\w{16,}|\\b(?:lin_api|figd|ntn|tvly|sbp)[_-]\\w{16,}",
  "\\bAGE-SECRET-KEY-1[A-Z0-9]*",
];
