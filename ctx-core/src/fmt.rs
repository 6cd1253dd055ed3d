//! How a context prints.

use std::fmt;
use std::time::Duration;

use crate::clock;
use crate::ctx::Ctx;
use crate::moment::Moment;
use crate::tree::{Kind, Node};
use crate::values::{Label, Values};

/// Longer chains print their newest derivations only.
const SHOWN: usize = 64;

/// One derivation, of the tree or of the values.
enum Step<'a> {
    Node(&'a Node),
    Link(&'a Values),
}

/// In Go's manner, from the root on, with what is left of each timeout. Values print by the name of their key.
///
/// ```
/// use std::time::Duration;
/// use ctx_core::{Ctx, ctx_key};
///
/// ctx_key! { struct UserIp(u32); }
///
/// let (ctx, _cancel) = Ctx::background().with_value(UserIp(7)).with_cancel();
/// assert_eq!(ctx.to_string(), "background.with_value(UserIp).with_cancel");
/// ```
impl fmt::Display for Ctx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, f, false)
    }
}

/// As `Display`, with the values (secret ones excepted), the place of each derivation, and the outcome.
impl fmt::Debug for Ctx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ctx(")?;
        write(self, f, true)?;
        if let Some(err) = self.err() {
            write!(f, "; {err}")?;
        }
        f.write_str(")")
    }
}

fn write(ctx: &Ctx, f: &mut fmt::Formatter<'_>, places: bool) -> fmt::Result {
    // Newest first: of a node and a link at the same depth, the link came later.
    let mut node = ctx.node().map(|node| &**node);
    let mut link = ctx.values();
    let mut steps = Vec::new();
    let mut cut = false;
    while node.is_some() || link.is_some() {
        if steps.len() == SHOWN {
            cut = true;
            break;
        }
        let newer = match (node, link) {
            (Some(node), Some(link)) => {
                // Above a link that left the tree there is no node.
                matches!(link.label(), Label::WithoutCancel) || node.depth() > link.depth()
            }
            (Some(_), None) => true,
            (None, _) => false,
        };
        if let (true, Some(this)) = (newer, node) {
            steps.push(Step::Node(this));
            node = this.parent().map(|parent| &**parent);
        } else if let Some(this) = link {
            steps.push(Step::Link(this));
            link = this.parent();
        }
    }
    match steps.last() {
        _ if cut => f.write_str("..")?,
        Some(Step::Link(link)) if matches!(link.label(), Label::Todo) => {}
        _ => f.write_str("background")?,
    }
    let mut steps = steps.into_iter().rev();
    steps.try_for_each(|step| match step {
        Step::Node(node) => write_node(node, f, places),
        Step::Link(link) => write_link(link, f, places),
    })
}

fn write_node(node: &Node, f: &mut fmt::Formatter<'_>, places: bool) -> fmt::Result {
    match node.kind() {
        Kind::Cancel => f.write_str(".with_cancel")?,
        Kind::Grace => write!(f, ".with_grace({})", Span(node.span()))?,
        Kind::Merge => f.write_str(".merge(..)")?,
        Kind::Deadline | Kind::Timeout => {
            let left = Left(node.moment());
            if node.kind() == Kind::Timeout {
                write!(f, ".with_timeout({}, {left})", Span(node.span()))?;
            } else {
                write!(f, ".with_deadline({left})")?;
            }
        }
    }
    if places {
        write!(f, "@{}", node.origin())?;
    }
    Ok(())
}

/// The span of a timeout or a grace.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == Duration::MAX {
            return f.write_str("Duration::MAX");
        }
        write!(f, "{:?}", self.0)
    }
}

/// What is left until a moment.
struct Left(Moment);

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_never() {
            return f.write_str("never over");
        }
        write!(f, "{:?} left", self.0.since(clock::now()))
    }
}

fn write_link(link: &Values, f: &mut fmt::Formatter<'_>, places: bool) -> fmt::Result {
    match link.label() {
        Label::Value(_) if places => write!(f, ".with_value({:?})", link.debug()),
        Label::Value(name) => write!(f, ".with_value({name})"),
        Label::Todo if places => write!(f, "todo@{:?}", link.debug()),
        Label::Todo => f.write_str("todo"),
        Label::WithoutCancel => f.write_str(".without_cancel"),
        Label::Merge => f.write_str(".merge(..)"),
        Label::Hidden => Ok(()),
    }
}
