//! Whether a body names a parameter, whether it assigns to it, and whether it may never come to that, or be judged at all.
//!
//! The compiler writes a body as text sooner than a macro that is not optimized looks through its tokens. So the text
//! decides where it can, and the tokens where it cannot. In doubt a word is a use: no lint appears that was not there.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

use crate::params::is_as_visible;

/// What may name a parameter: a body in its braces.
pub(crate) struct Code {
    pub(crate) text: String,
    /// Where the text ends that may be reached, if it does not at its end.
    end: Option<usize>,
    /// Whether there is more in a block behind a statement that never goes on.
    pub(crate) ends_early: bool,
    /// Whether it has a pattern that may not match, or a `match`, which may not be exhaustive. Where that is so, the compiler
    /// looks for no use in the body.
    pub(crate) may_not_match: bool,
    group: Group,
}

impl From<Group> for Code {
    fn from(group: Group) -> Code {
        let text = group.to_string();
        let mut end = None;
        let ends = ends(&text).inspect(|it| {
            end = end.or((it.depth == 1 && it.is_certain).then_some(it.at));
        });
        Code {
            ends_early: ends.count() > 0,
            may_not_match: may_not_match(&text),
            end,
            text,
            group,
        }
    }
}

impl Code {
    /// Whether it uses a parameter, or has not to: it begins with `_`.
    pub(crate) fn uses(&self, ident: &Ident) -> bool {
        let name = name_of(ident);
        if name.starts_with('_') {
            return true;
        }
        let reached = &self.text[..self.end.unwrap_or(self.text.len())];
        match words(&name, reached).next() {
            None => false,
            Some(word) if word.is_clearly_used() => true,
            Some(_) => uses(ident, &name, self.group.stream()),
        }
    }

    /// Whether it assigns to a parameter, or to a part of it.
    ///
    /// What is captured is judged otherwise than a local: of a captured value the compiler says so even where a field is
    /// written for the sake of a `Drop`.
    pub(crate) fn assigns(&self, ident: &Ident) -> bool {
        words(&name_of(ident), &self.text).any(|word| is_assigned(behind_parts(word.after)))
    }
}

/// A statement that never goes on and has others behind it in its block.
struct End {
    /// In how many braces it stands.
    depth: usize,
    /// Where it ends.
    at: usize,
    /// Not so where a macro may break a loop.
    is_certain: bool,
}

fn ends(text: &str) -> impl Iterator<Item = End> {
    let macros = text.match_indices('!').filter_map(|(at, _)| {
        let name = text[..at].trim_end();
        let ends = ["panic", "todo", "unimplemented", "unreachable"];
        let before = ends.iter().find_map(|end| name.strip_suffix(end))?;
        Some(Word {
            before: before.trim_end(),
            after: &text[at..],
        })
    });
    let statements = (words("return", text).chain(macros))
        .filter(Word::is_statement)
        .filter_map(|word| Some((behind_statement(word.after)?, word.depth(), true)));
    let loops = words("loop", text)
        .map(Word::with_label)
        .filter(Word::is_statement)
        .filter_map(|word| {
            let (block, behind) = block(word.after)?;
            let is_broken = words("break", block).next().is_some();
            let behind = behind.trim_start();
            let behind = behind.strip_prefix(';').unwrap_or(behind);
            let is_certain = !block.contains(['!', '"', '\'']);
            (!is_broken).then(|| (behind, word.depth(), is_certain))
        });
    (statements.chain(loops)).filter_map(|(behind, depth, is_certain)| {
        let is_last = behind.trim_start().starts_with('}');
        (!is_last).then(|| End {
            depth,
            at: text.len() - behind.len(),
            is_certain,
        })
    })
}

/// Whether there is a `match`, or a `let` without `else` whose pattern has brackets, and names a variant or elements.
///
/// One sign is sooner looked for than a word: the arms have it, and it stands behind the pattern.
fn may_not_match(text: &str) -> bool {
    let signs = text.as_bytes();
    text.match_indices('=').any(|(at, _)| {
        match (signs.get(at + 1), signs.get(at.wrapping_sub(2))) {
            (Some(b'>'), _) => text.contains("match "),
            (Some(b' '), Some(b')' | b']' | b'}')) => is_refutable(&text[..at], &text[at..]),
            _ => false,
        }
    })
}

/// Whether a `let` statement, which is the last before its `=`, may not match and has no `else`.
fn is_refutable(before: &str, value: &str) -> bool {
    let Some((before, pattern)) = before.rsplit_once("let ") else {
        return false;
    };
    let names = |sign: char| sign == '[' || sign.is_uppercase();
    pattern.contains(names)
        && !pattern.contains(';')
        && before.trim_end().ends_with(['{', '}', ';'])
        && !(value.split(';').next()).is_some_and(|value| value.contains("else "))
}

/// The block at the head of `text`, and what stands behind it.
fn block(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let mut depth = 0;
    for (at, sign) in text.char_indices() {
        depth += i32::from(sign == '{') - i32::from(sign == '}');
        if depth == 0 {
            return (at > 0).then(|| text.split_at(at + 1));
        }
    }
    None
}

/// What stands behind the `;` of a statement.
fn behind_statement(text: &str) -> Option<&str> {
    let mut depth = 0;
    for (at, sign) in text.char_indices() {
        match sign {
            ';' if depth == 0 => return Some(&text[at + 1..]),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return None;
        }
    }
    None
}

/// Whether a place before `after` is assigned to, alone or in a pattern.
fn is_assigned(after: &str) -> bool {
    let operator = after.trim_start_matches(['+', '-', '*', '/', '%', '^', '&', '|', '<', '>']);
    // `<<=` and `>>=`, but not `<=` and `>=`.
    let is_operator = match &after[..after.len() - operator.len()] {
        "<<" | ">>" => true,
        sign => sign.len() < 2 && !["<", ">"].contains(&sign),
    };
    match operator.strip_prefix('=').filter(|_| is_operator) {
        Some(rest) => !rest.starts_with(['=', '>']),
        None => behind_pattern(after).is_some_and(is_assigned),
    }
}

/// What stands behind the group that ends next, if that may be a pattern's.
fn behind_pattern(text: &str) -> Option<&str> {
    if !text.starts_with([',', ')', ']', '}']) {
        return None;
    }
    let mut depth = 0;
    for (at, sign) in text.char_indices() {
        match sign {
            ')' | ']' | '}' if depth == 0 => return Some(text[at + 1..].trim_start()),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ';' => return None,
            _ => {}
        }
    }
    None
}

/// What stands behind the fields and indices at the head of `text`.
fn behind_parts(text: &str) -> &str {
    let text = text.trim_start();
    if let Some(rest) = text.strip_prefix('.') {
        let field = rest.trim_start();
        let rest = field.trim_start_matches(is_of_word);
        return if rest.len() < field.len() {
            behind_parts(rest)
        } else {
            text
        };
    }
    if !text.starts_with('[') {
        return text;
    }
    let mut depth = 0;
    for (at, sign) in text.char_indices() {
        depth += i32::from(sign == '[') - i32::from(sign == ']');
        if depth == 0 {
            return behind_parts(&text[at + 1..]);
        }
    }
    text
}

/// A place in a text that may name something.
struct Word<'t> {
    before: &'t str,
    after: &'t str,
}

impl Word<'_> {
    /// Whether a statement begins with it.
    fn is_statement(&self) -> bool {
        self.before.ends_with(['{', '}', ';']) && !self.is_in_string()
    }

    /// Together with the label before it, if there is one.
    fn with_label(self) -> Self {
        let label = self.before.strip_suffix(':').map(str::trim_end);
        let before = label.and_then(|label| label.trim_end_matches(is_of_word).strip_suffix('\''));
        Word {
            before: before.map_or(self.before, str::trim_end),
            ..self
        }
    }

    /// In how many braces it stands.
    fn depth(&self) -> usize {
        let count = |sign| self.before.matches(sign).count();
        count('{').saturating_sub(count('}'))
    }

    /// As far as can be told.
    fn is_in_string(&self) -> bool {
        !self.before.matches('"').count().is_multiple_of(2)
    }

    /// Whether it is none of what only the tokens can tell from a use: in a string, a part of a path, the name of a field,
    /// of a label, of a macro, or of something that is declared.
    fn is_clearly_used(&self) -> bool {
        let after = self.after.trim_start();
        let others = ["::", "'", "let", "let mut", "fn"];
        let is_other = after.starts_with([':', '!'])
            || others.iter().any(|other| self.before.ends_with(other));
        !is_other && !self.is_in_string()
    }
}

/// The places that may name `name`: of a field or a method it is no name. A literal may be a format that does.
fn words<'t>(name: &str, text: &'t str) -> impl Iterator<Item = Word<'t>> {
    text.match_indices(name).filter_map(|(at, name)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        if before.ends_with(is_of_word) || after.starts_with(is_of_word) {
            return None;
        }
        let before = before.strip_suffix("r#").unwrap_or(before).trim_end();
        // `..name` is the end of a range.
        (!before.ends_with('.') || before.ends_with("..")).then_some(Word { before, after })
    })
}

pub(crate) fn is_of_word(sign: char) -> bool {
    sign == '_' || sign.is_alphanumeric()
}

/// Whether code uses the parameter `ident`, whose name is `name`.
fn uses(ident: &Ident, name: &str, code: TokenStream) -> bool {
    let code = Tokens(code.into_iter().collect());
    let mut end = code.0.len();
    let mut at = 0;
    while at < end {
        match &code.0[at] {
            TokenTree::Ident(word) if name_of(word) == name => {
                if code.declares(at) {
                    // From the next statement on, it is the name of another.
                    if is_as_visible(ident, word) {
                        end = code.end_of_statement(at);
                    }
                } else if !code.is_other(at) {
                    return true;
                }
            }
            // No function of the body's can name what is outside of it.
            TokenTree::Ident(word) if word == "fn" && code.is_word(at + 1) => {
                at = code.end_of_fn(at);
            }
            TokenTree::Group(group) => {
                if code.is_of_macro(at) {
                    if words(name, &group.to_string()).next().is_some() {
                        return true;
                    }
                } else if uses(ident, name, group.stream()) {
                    return true;
                }
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// Tokens that are not a macro's.
struct Tokens(Vec<TokenTree>);

impl Tokens {
    fn is_sign(&self, at: usize, sign: char) -> bool {
        matches!(self.0.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
    }

    fn is_word(&self, at: usize) -> bool {
        matches!(self.0.get(at), Some(TokenTree::Ident(_)))
    }

    fn is(&self, at: usize, word: &str) -> bool {
        matches!(self.0.get(at), Some(TokenTree::Ident(ident)) if ident == word)
    }

    fn is_block(&self, at: usize) -> bool {
        matches!(self.0.get(at), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
    }

    /// Whether the word at `at` is surely not that of a local: a field, a part of a path, a label, a macro.
    fn is_other(&self, at: usize) -> bool {
        let behind = |sign| at > 0 && self.is_sign(at - 1, sign);
        let behind_two = |sign| at > 1 && behind(sign) && self.is_sign(at - 2, sign);
        let is_macro = self.is_sign(at + 1, '!') && !self.is_sign(at + 2, '=');
        // No expression goes on with a `:`.
        self.is_sign(at + 1, ':')
            || is_macro
            || behind('\'')
            || behind_two(':')
            || behind('.') && !behind_two('.')
    }

    /// Whether the word at `at` is all that a statement declares: `let name` or `let mut name`.
    fn declares(&self, at: usize) -> bool {
        let is_mut = at > 0 && self.is(at - 1, "mut");
        let Some(start) = at.checked_sub(1 + usize::from(is_mut)) else {
            return false;
        };
        let is_statement = start == 0 || self.is_sign(start - 1, ';') || self.is_block(start - 1);
        let is_path = self.is_sign(at + 1, ':') && self.is_sign(at + 2, ':');
        let is_whole = [':', '=', ';']
            .iter()
            .any(|sign| self.is_sign(at + 1, *sign));
        self.is(start, "let") && is_statement && is_whole && !is_path
    }

    fn end_of_statement(&self, from: usize) -> usize {
        let mut rest = from..self.0.len();
        rest.find(|at| self.is_sign(*at, ';'))
            .unwrap_or(self.0.len())
    }

    /// Where the block of the function ends that begins at `from`, or the declaration of one.
    fn end_of_fn(&self, from: usize) -> usize {
        let mut rest = from..self.0.len();
        rest.find(|at| self.is_sign(*at, ';') || self.is_block(*at))
            .unwrap_or(self.0.len())
    }

    /// Whether the group at `at` is what a macro or an attribute gets.
    fn is_of_macro(&self, at: usize) -> bool {
        let is_named = at > 0 && self.is_word(at - 1);
        let mark = at.checked_sub(1 + usize::from(is_named));
        mark.is_some_and(|mark| self.is_sign(mark, '!') || self.is_sign(mark, '#'))
    }
}

/// A name as it is found in text, raw or not.
fn name_of(ident: &Ident) -> String {
    let name = ident.to_string();
    match name.strip_prefix("r#") {
        Some(plain) => plain.to_owned(),
        None => name,
    }
}
