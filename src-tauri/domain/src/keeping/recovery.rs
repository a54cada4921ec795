//! The recovery copy of a key: text that a person can read out, print and type. Four lines of eight bytes each, in letters
//! and digits that are not mistaken for each other, each with its own check, so that a slip of the finger is found in its
//! line.

use sha2::{Digest, Sha256};

/// Crockford's letters: no I, L, O, U.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHECK: &[u8] = b"booking-desk recovery line 1\n";
/// Of the 15 letters of a line, 13 hold eight bytes, and two the check.
const HELD: usize = 13;
const LINE: usize = HELD + 2;
const LINES: usize = 4;

/// Why a text is no recovery copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRecoveryCopy {
    /// A line is not there.
    #[error("line {0} is missing: a recovery copy has the lines 1 to 4 of its key")]
    Missing(usize),
    /// A line is too short, too long, or holds what it cannot.
    #[error("line {0} has not 15 letters and digits")]
    Length(usize),
    /// The check of a line does not fit.
    #[error("line {0} has a slip: compare it with the copy, letter by letter")]
    Slip(usize),
}

/// The four lines of a key, each as `1  0A1B2-C3D4E-F5G6H`.
#[must_use]
pub fn lines(key: &[u8; 32]) -> [String; LINES] {
    let mut number = 0;
    let mut parts = key.chunks_exact(8);
    [(); LINES].map(|()| {
        number += 1;
        let bytes = parts.next().unwrap_or_default();
        let value = bytes.iter().fold(0_u128, |value, byte| value << 8 | u128::from(*byte));
        // 64 bits in 13 letters of 5, and the check's 10 bits in two.
        let value = value << 10 | u128::from(check(number, bytes));
        let letters: Vec<char> = (0..LINE).rev().map(|place| letter(value >> (5 * place))).collect();
        let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
        format!("{number}  {}", groups.join("-"))
    })
}

/// Reads the key back from a text with its four lines, in any letter case, with any spaces and dashes; what else stands in the
/// text does not count.
///
/// # Errors
/// Names the line that is missing or has a slip.
pub fn read(text: &str) -> Result<[u8; 32], NoRecoveryCopy> {
    let mut key = [0; 32];
    for (number, part) in (1..).zip(key.chunks_exact_mut(8)) {
        let digit = char::from_digit(number, 10).unwrap_or('0');
        let number = number as usize;
        let rest = |line: &str| line.trim().strip_prefix(digit).map(str::to_owned);
        let after_blank = |rest: &String| rest.starts_with([' ', '\t', ':', '.']);
        let line = text.lines().filter_map(rest).find(after_blank).ok_or(NoRecoveryCopy::Missing(number))?;
        let letters: Vec<char> = line.chars().filter(|letter| letter.is_alphanumeric()).collect();
        if letters.len() != LINE {
            return Err(NoRecoveryCopy::Length(number));
        }
        let mut value = 0_u128;
        for letter in letters {
            value = value << 5 | u128::from(digit_of(letter).ok_or(NoRecoveryCopy::Slip(number))?);
        }
        let held = u64::try_from(value >> 10).map_err(|_| NoRecoveryCopy::Slip(number))?;
        part.copy_from_slice(&held.to_be_bytes());
        if u128::from(check(number, part)) != value & 0x3ff {
            return Err(NoRecoveryCopy::Slip(number));
        }
    }
    Ok(key)
}

/// Ten bits over the line's number and its bytes: a slip passes once in a thousand, and lines that were exchanged do not.
fn check(number: usize, bytes: &[u8]) -> u16 {
    let number = u8::try_from(number).unwrap_or_default();
    let digest = Sha256::new_with_prefix(CHECK).chain_update([number]).chain_update(bytes).finalize();
    let [high, low, ..] = <[u8; 32]>::from(digest);
    u16::from_be_bytes([high, low]) >> 6
}

fn letter(value: u128) -> char {
    let place = usize::try_from(value & 31).unwrap_or_default();
    LETTERS.get(place).map_or('0', |letter| char::from(*letter))
}

fn digit_of(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    LETTERS.iter().position(|known| char::from(*known) == letter).and_then(|place| u8::try_from(place).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nf_5_a_copy_is_read_back_however_it_was_typed() {
        let key: [u8; 32] = std::array::from_fn(|place| u8::try_from(place * 7).unwrap_or(1));
        let copy = lines(&key).join("\n");
        let typed = copy.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        // The numbers of the lines stand as they are.
        let typed = typed.replace("\nl", "\n1").replacen('l', "1", 1);
        let around = format!("Booking Desk, recovery copy\n\n{typed}\n\nKeep it elsewhere.\n");
        assert_eq!(read(&copy), Ok(key), "as written");
        assert_eq!(read(&around), Ok(key), "as typed, with words around it: {around}");
    }

    #[test]
    fn nf_5_what_is_missing_is_named_by_its_line() {
        let copy = lines(&[9; 32]);
        assert_eq!(read(""), Err(NoRecoveryCopy::Missing(1)), "nothing");
        assert_eq!(read(&copy[..3].join("\n")), Err(NoRecoveryCopy::Missing(4)), "the last is missing");
        let short = copy.join("\n").replacen("2  ", "2  -", 1);
        assert_eq!(read(&short), Ok([9; 32]), "dashes do not count");
        let cut: Vec<String> =
            copy.iter().map(|line| line.strip_suffix(|_: char| true).unwrap_or_default().to_owned()).collect();
        assert_eq!(read(&cut.join("\n")), Err(NoRecoveryCopy::Length(1)), "a letter is missing");
        let exchanged = [&copy[0], &copy[1], &copy[3].replacen('4', "3", 1), &copy[2].replacen('3', "4", 1)];
        let exchanged = exchanged.map(String::as_str).join("\n");
        assert_eq!(read(&exchanged), Err(NoRecoveryCopy::Slip(3)), "two lines were exchanged");
    }

    proptest! {
        #[test]
        fn nf_5_any_key_comes_back_and_a_slip_is_found_or_leads_to_another_key(
            key in any::<[u8; 32]>(), line in 0_usize..4, place in 0_usize..15, letter in 0_usize..32,
        ) {
            let copy = lines(&key);
            prop_assert_eq!(read(&copy.join("\n")), Ok(key));
            let mut slipped = copy.clone();
            let letters: Vec<usize> = slipped[line].char_indices().skip(3).filter(|(_, c)| *c != '-').map(|(at, _)| at).collect();
            slipped[line].replace_range(letters[place]..=letters[place], &char::from(LETTERS[letter]).to_string());
            if slipped != copy {
                prop_assert_ne!(read(&slipped.join("\n")), Ok(key), "never taken for the same");
            }
        }
    }
}
