//! The names that Python has for encodings, and what is the same or more than the same here.
//!
//! Python's own table of aliases, less what `encoding_rs` has not: code pages of DOS, EBCDIC and the variants of ISO 2022.

use super::encoding::Encoding;

/// Names in lower case and without signs.
const NAMES: [(&[&str], Encoding); 37] = [
    (
        &[
            "646",
            "ansix341968",
            "ansix341986",
            "ascii",
            "cp367",
            "csascii",
            "ibm367",
            "iso646irv1991",
            "iso646us",
            "isoir6",
            "us",
            "usascii",
        ],
        Encoding::Ascii,
    ),
    (
        &[
            "8859",
            "cp819",
            "csisolatin1",
            "ibm819",
            "iso8859",
            "iso88591",
            "iso885911987",
            "isoir100",
            "isolatin1",
            "l1",
            "latin",
            "latin1",
        ],
        Encoding::Latin1,
    ),
    (&["cp65001", "u8", "utf", "utf8", "utf8sig", "utf8ucs2", "utf8ucs4"], Encoding::Utf8),
    (
        &["950", "big5", "big5hkscs", "big5tw", "cp950", "csbig5", "hkscs", "ms950", "xmactradchinese"],
        Encoding::Legacy(encoding_rs::BIG5),
    ),
    (&["eucjp", "ujis"], Encoding::Legacy(encoding_rs::EUC_JP)),
    (
        &["949", "cp949", "euckr", "korean", "ksc5601", "ksc56011987", "ksx1001", "ms949", "uhc", "xmackorean"],
        Encoding::Legacy(encoding_rs::EUC_KR),
    ),
    (&["gb18030", "gb180302000"], Encoding::Legacy(encoding_rs::GB18030)),
    (
        &[
            "936",
            "chinese",
            "cp936",
            "csiso58gb231280",
            "euccn",
            "eucgb2312cn",
            "gb2312",
            "gb23121980",
            "gb231280",
            "gbk",
            "isoir58",
            "ms936",
            "xmacsimpchinese",
        ],
        Encoding::Legacy(encoding_rs::GBK),
    ),
    (&["866", "cp866", "csibm866", "ibm866"], Encoding::Legacy(encoding_rs::IBM866)),
    (&["csiso2022jp", "iso2022jp"], Encoding::Legacy(encoding_rs::ISO_2022_JP)),
    (&["csisolatin6", "iso885910", "iso8859101992", "isoir157", "l6", "latin6"], Encoding::Legacy(encoding_rs::ISO_8859_10)),
    (&["iso885913", "l7", "latin7"], Encoding::Legacy(encoding_rs::ISO_8859_13)),
    (&["iso885914", "iso8859141998", "isoceltic", "isoir199", "l8", "latin8"], Encoding::Legacy(encoding_rs::ISO_8859_14)),
    (&["iso885915", "l9", "latin9"], Encoding::Legacy(encoding_rs::ISO_8859_15)),
    (&["iso885916", "iso8859162001", "isoir226", "l10", "latin10"], Encoding::Legacy(encoding_rs::ISO_8859_16)),
    (&["csisolatin2", "iso88592", "iso885921987", "isoir101", "l2", "latin2"], Encoding::Legacy(encoding_rs::ISO_8859_2)),
    (&["csisolatin3", "iso88593", "iso885931988", "isoir109", "l3", "latin3"], Encoding::Legacy(encoding_rs::ISO_8859_3)),
    (&["csisolatin4", "iso88594", "iso885941988", "isoir110", "l4", "latin4"], Encoding::Legacy(encoding_rs::ISO_8859_4)),
    (&["csisolatincyrillic", "cyrillic", "iso88595", "iso885951988", "isoir144"], Encoding::Legacy(encoding_rs::ISO_8859_5)),
    (
        &["arabic", "asmo708", "csisolatinarabic", "ecma114", "iso88596", "iso885961987", "isoir127"],
        Encoding::Legacy(encoding_rs::ISO_8859_6),
    ),
    (
        &["csisolatingreek", "ecma118", "elot928", "greek", "greek8", "iso88597", "iso885971987", "isoir126"],
        Encoding::Legacy(encoding_rs::ISO_8859_7),
    ),
    (&["csisolatinhebrew", "hebrew", "iso88598", "iso885981988", "isoir138"], Encoding::Legacy(encoding_rs::ISO_8859_8)),
    (&["cskoi8r", "koi8r"], Encoding::Legacy(encoding_rs::KOI8_R)),
    (&["koi8u"], Encoding::Legacy(encoding_rs::KOI8_U)),
    (&["macintosh", "macroman"], Encoding::Legacy(encoding_rs::MACINTOSH)),
    (
        &["932", "cp932", "csshiftjis", "ms932", "mskanji", "shiftjis", "sjis", "xmacjapanese"],
        Encoding::Legacy(encoding_rs::SHIFT_JIS),
    ),
    (&["1250", "cp1250", "windows1250"], Encoding::Legacy(encoding_rs::WINDOWS_1250)),
    (&["1251", "cp1251", "windows1251"], Encoding::Legacy(encoding_rs::WINDOWS_1251)),
    (&["1252", "cp1252", "windows1252"], Encoding::Legacy(encoding_rs::WINDOWS_1252)),
    (&["1253", "cp1253", "windows1253"], Encoding::Legacy(encoding_rs::WINDOWS_1253)),
    (
        &["1254", "cp1254", "csisolatin5", "iso88599", "iso885991989", "isoir148", "l5", "latin5", "windows1254"],
        Encoding::Legacy(encoding_rs::WINDOWS_1254),
    ),
    (&["1255", "cp1255", "windows1255"], Encoding::Legacy(encoding_rs::WINDOWS_1255)),
    (&["1256", "cp1256", "windows1256"], Encoding::Legacy(encoding_rs::WINDOWS_1256)),
    (&["1257", "cp1257", "windows1257"], Encoding::Legacy(encoding_rs::WINDOWS_1257)),
    (&["1258", "cp1258", "windows1258"], Encoding::Legacy(encoding_rs::WINDOWS_1258)),
    (
        &["cp874", "iso885911", "iso8859112001", "isoir166", "thai", "tis620", "tis6200", "tis62025290", "tis62025291"],
        Encoding::Legacy(encoding_rs::WINDOWS_874),
    ),
    (&["maccyrillic"], Encoding::Legacy(encoding_rs::X_MAC_CYRILLIC)),
];

/// What Python reads by their beginning alone: what a file says to an editor may go on.
const BEGINNINGS: [(&str, Encoding); 4] = [
    ("utf-8-", Encoding::Utf8),
    ("latin-1-", Encoding::Latin1),
    ("iso-8859-1-", Encoding::Latin1),
    ("iso-latin-1-", Encoding::Latin1),
];

/// The encoding of a name: case does not count, nor which signs are between its parts.
pub(super) fn encoding_of(name: &str) -> Option<Encoding> {
    let name = name.to_ascii_lowercase().replace('_', "-");
    if let Some((_, encoding)) = BEGINNINGS.into_iter().find(|(beginning, _)| name.starts_with(beginning)) {
        return Some(encoding);
    }
    let bare = name.replace(['-', '.'], "");
    NAMES.iter().find(|(names, _)| names.contains(&bare.as_str())).map(|(_, encoding)| *encoding)
}
