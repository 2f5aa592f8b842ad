//! Which language somebody reads.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use hosting_core::decide::pricing::CouponRefusal;

use crate::{auth::Guest, http::Problem};

/// A language the shop speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Bahasa Indonesia; whatever is not said to be another.
    Indonesian,
    /// English.
    English,
}

impl Language {
    /// The language of a BCP 47 tag; Indonesian unless it is English.
    pub fn of(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("en") { Self::English } else { Self::Indonesian }
    }

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Indonesian => "id",
            Self::English => "en",
        }
    }

    /// The first language of an `Accept-Language` header that the shop speaks. Weights are not read:
    /// browsers list what they prefer first.
    pub fn accepted(header: &str) -> Self {
        let tags = header.split(',').filter_map(|it| it.split(';').next()).map(str::trim);
        let mut spoken = tags.filter_map(|tag| match tag.get(..2)?.to_ascii_lowercase().as_str() {
            "id" | "in" => Some(Self::Indonesian),
            "en" => Some(Self::English),
            _ => None,
        });
        spoken.next().unwrap_or(Self::Indonesian)
    }

    /// Why a coupon does not count, in words for the customer.
    pub fn coupon_refusal(self, refusal: CouponRefusal) -> String {
        use CouponRefusal as R;
        if self == Self::English {
            return crate::http::problem::sentence(&refusal.to_string());
        }
        let words = match refusal {
            R::Unknown => "Tidak ada kupon dengan kode ini.",
            R::Disabled => "Kupon ini sudah tidak tersedia.",
            R::NotYet => "Kupon ini belum berlaku.",
            R::Expired => "Kupon ini sudah berakhir.",
            R::NewCustomersOnly => "Kupon ini hanya untuk pelanggan baru.",
            R::OtherCurrency => "Kupon ini untuk mata uang lain.",
            R::NothingCovered => "Kupon ini tidak berlaku untuk isi keranjang.",
            R::UsedUp => "Kupon ini sudah mencapai batas pemakaian.",
        };
        words.to_owned()
    }
}

/// The language of whoever asks: the user's own, or what the browser prefers.
impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Guest(who) = Guest::from_request_parts(parts, state).await?;
        if let Some(principal) = who {
            return Ok(Self::of(&principal.user().locale));
        }
        let accepts = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok());
        Ok(accepts.map_or(Self::Indonesian, Self::accepted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_is_spoken_counts() {
        for (header, language) in [
            ("", Language::Indonesian),
            ("en-US,en;q=0.9,id;q=0.8", Language::English),
            ("de, en;q=0.5", Language::English),
            ("id-ID,id;q=0.9,en;q=0.1", Language::Indonesian),
            ("fr,é", Language::Indonesian),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
