//! Misfortune, ordered or drawn.
//!
//! A run of a story meets a number of *places*: before and after every commit, after every claim, before
//! and after every call outside, and at every message on its way to us. A place can be struck by a
//! [`Blow`]: the process dies, a request or an answer is lost on the way, a message comes twice or too
//! late. A place has its own list of blows ([`Place::blows`]), so that a test can count the places of a
//! story and then tell the story once for each place and blow.
//!
//! A process that died has no effect any more until it is revived. What was not stored is lost, which is
//! exactly what a crash does, because between calls the engine keeps nothing in memory. With
//! [`Fate::by`] the process really ends.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::SeededEntropy;
use crate::port::Failure;

/// Where something can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Before a change set reaches the database.
    Commit,
    /// After a change set was committed, before anybody learns of it.
    Committed,
    /// After tasks were claimed, before the worker learns of it.
    Claimed,
    /// Before what has expired is thrown away.
    Purge,
    /// Before a call reaches the outside.
    Request,
    /// After a call had its effect outside, before its answer is here.
    Answer,
    /// A provider's message on its way to us.
    Message,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blow {
    /// The process dies.
    Die,
    /// What was on its way does not arrive. A lost request is known to have had no effect; of a lost
    /// answer nobody knows. A lost message never comes.
    Lose,
    /// The request does not arrive, and nobody knows that it did not.
    Hang,
    /// The message comes again and again.
    Repeat,
    /// The message comes after those that were sent later.
    Delay,
    /// The database says that it committed, and did not. No honest database does that, so this is no
    /// place's own: it proves that a story notices.
    Forget,
}

impl Place {
    /// What can go wrong here.
    pub const fn blows(self) -> &'static [Blow] {
        match self {
            Self::Commit | Self::Committed | Self::Claimed | Self::Purge | Self::Answer => {
                &[Blow::Die, Blow::Lose]
            }
            Self::Request => &[Blow::Die, Blow::Lose, Blow::Hang],
            Self::Message => &[Blow::Lose, Blow::Repeat, Blow::Delay],
        }
    }
}

/// Decides at each place whether all goes well.
#[derive(Debug, Default)]
pub struct Fate(Mutex<Course>);

#[derive(Debug, Default)]
struct Course {
    met: Vec<Place>,
    ordered: Vec<(u64, Blow)>,
    dice: Option<Dice>,
    blows: u64,
    dead: bool,
    end: Option<fn()>,
}

/// Which blows are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blows {
    Any,
    DeathOnly,
}

#[derive(Debug)]
struct Dice {
    entropy: SeededEntropy,
    one_in: u64,
    blows: Blows,
}

/// The call failed, by order of the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("by order of the test: {0:?}")]
pub struct Struck(pub Blow);

impl Fate {
    fn with(course: Course) -> Self {
        Self(Mutex::new(course))
    }

    fn course(&self) -> MutexGuard<'_, Course> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fate in which nothing goes wrong; it counts the places.
    pub fn kind() -> Self {
        Self::default()
    }

    /// `blow` strikes the `point`-th place (from 1), once.
    pub fn strikes(point: u64, blow: Blow) -> Self {
        Self::with(Course { ordered: vec![(point, blow)], ..Course::default() })
    }

    /// The process dies at the `point`-th place (from 1), once.
    pub fn dies_at(point: u64) -> Self {
        Self::strikes(point, Blow::Die)
    }

    /// The process dies at each of these places, counted over all its lives.
    pub fn dies_at_each(points: impl IntoIterator<Item = u64>) -> Self {
        let ordered = points.into_iter().map(|point| (point, Blow::Die)).collect();
        Self::with(Course { ordered, ..Course::default() })
    }

    /// The process dies at about one place in `one_in`, again and again.
    pub fn cruel(seed: u64, one_in: u64) -> Self {
        Self::drawn(seed, one_in, Blows::DeathOnly)
    }

    /// Anything goes wrong at about one place in `one_in`, again and again.
    pub fn moody(seed: u64, one_in: u64) -> Self {
        Self::drawn(seed, one_in, Blows::Any)
    }

    fn drawn(seed: u64, one_in: u64, blows: Blows) -> Self {
        let dice = Dice { entropy: SeededEntropy::new(seed), one_in, blows };
        Self::with(Course { dice: Some(dice), ..Course::default() })
    }

    /// How the process ends when it dies: `end` is called and is not to come back.
    #[must_use]
    pub fn by(self, end: fn()) -> Self {
        self.course().end = Some(end);
        self
    }

    /// Comes to a place. `None` when all goes well.
    pub fn meet(&self, place: Place) -> Option<Blow> {
        let mut course = self.course();
        if course.dead {
            return Some(Blow::Die);
        }
        course.met.push(place);
        let blow = course.next_blow(place)?;
        course.blows += 1;
        course.dead = blow == Blow::Die;
        if let (true, Some(end)) = (course.dead, course.end) {
            end();
        }
        Some(blow)
    }

    /// Comes to a place where only a failure can be told.
    ///
    /// # Errors
    /// [`Struck`] when something went wrong.
    pub fn pass(&self, place: Place) -> Result<(), Struck> {
        self.meet(place).map_or(Ok(()), |blow| Err(Struck(blow)))
    }

    /// A call named `action` sets out.
    ///
    /// # Errors
    /// What an adapter says when the request was lost, knowingly or not, or when the process died.
    pub fn request(&self, action: &'static str) -> Result<(), Failure> {
        match self.meet(Place::Request) {
            None => Ok(()),
            Some(Blow::Lose) => Err(Failure::retry(action, "nobody could be reached")),
            Some(blow) => Err(Failure::unknown(action, Struck(blow).to_string())),
        }
    }

    /// The answer to a call named `action` sets out; its effect is there.
    ///
    /// # Errors
    /// What an adapter says when the answer was lost, or when the process died.
    pub fn answer(&self, action: &'static str) -> Result<(), Failure> {
        let unknown = |it: Struck| Failure::unknown(action, it.to_string());
        self.pass(Place::Answer).map_err(unknown)
    }

    /// Whether the process is dead.
    pub fn is_dead(&self) -> bool {
        self.course().dead
    }

    /// Starts the process again.
    pub fn revive(&self) {
        self.course().dead = false;
    }

    /// The places that were met so far.
    pub fn places(&self) -> Vec<Place> {
        self.course().met.clone()
    }

    /// How many places were met so far.
    pub fn passed(&self) -> u64 {
        u64::try_from(self.course().met.len()).unwrap_or(u64::MAX)
    }

    /// How often something went wrong so far.
    pub fn blows(&self) -> u64 {
        self.course().blows
    }

    /// From now on nothing goes wrong any more.
    pub fn relent(&self) {
        let mut course = self.course();
        course.ordered.clear();
        (course.dice, course.dead) = (None, false);
    }
}

impl Course {
    fn next_blow(&self, place: Place) -> Option<Blow> {
        let point = u64::try_from(self.met.len()).unwrap_or(u64::MAX);
        if let Some((_, blow)) = self.ordered.iter().find(|(at, _)| *at == point) {
            return Some(*blow);
        }
        let dice = self.dice.as_ref().filter(|it| it.entropy.one_in(it.one_in))?;
        let blows = place.blows();
        if dice.blows == Blows::DeathOnly {
            return blows.iter().copied().find(|it| *it == Blow::Die);
        }
        let faces = u64::try_from(blows.len()).unwrap_or(1);
        let face = dice.entropy.next_u64().checked_rem(faces).unwrap_or(0);
        blows.get(usize::try_from(face).unwrap_or(0)).copied()
    }
}
