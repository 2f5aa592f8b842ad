//! Tax rules: made and ended, never edited.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use chrono::{DateTime, NaiveDate, Utc};
use hosting_core::{
    decide::configuration::NewTaxRule,
    kernel::{CountryCode, Ratio, Versioned},
    model::{CustomerKind, Permission as P, TaxMode, TaxRule, TaxRuleId},
    service::configuration,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    page::StaffPage,
    rate::{decimal, rate},
    save::{Seen, Tagged, refused, tagged},
};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::PricingView), routes!(list_tax_rules))
        .route(Access::Needs(P::PricingManage), routes!(create_tax_rule))
        .route(Access::Needs(P::PricingManage), routes!(end_tax_rule))
}

/// How fine a fraction may be; the law's are 11/12 and the like.
const MOST_PARTS: i64 = 1_000_000;

/// An exact fraction.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffFraction {
    /// Above the line.
    #[schema(minimum = 0, maximum = 1_000_000, example = 11)]
    numerator: i64,
    /// Below the line; above zero.
    #[schema(minimum = 1, maximum = 1_000_000, example = 12)]
    denominator: i64,
}

impl StaffFraction {
    /// The ratio; what does not fit is noted in `fields`.
    fn parse(self, fields: &mut Fields) -> Option<Ratio> {
        let (above, below) = (self.numerator, self.denominator);
        let few = (0..=MOST_PARTS).contains(&above);
        fields.demand("/base_factor/numerator", few, "a whole number from 0 to 1000000");
        let some = (1..=MOST_PARTS).contains(&below);
        fields.demand("/base_factor/denominator", some, "a whole number from 1 to 1000000");
        Ratio::new(above, below).ok().filter(|_| few && some)
    }
}

/// A tax rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffTaxRule {
    /// The rule.
    id: String,
    /// Send it back when ending the rule.
    version: i64,
    /// What invoices print.
    name: String,
    /// Buyers in this country; absent is everywhere.
    country: Option<String>,
    /// Buyers in this region of it.
    region: Option<String>,
    /// Buyers of this kind: `individual` or `company`.
    customer_kind: Option<&'static str>,
    /// The statutory rate, a fraction of one.
    #[schema(example = "0.12")]
    rate: String,
    /// The part of the price that is taxed.
    base_factor: StaffFraction,
    /// `exclusive` or `inclusive`.
    mode: &'static str,
    /// First day it counts, in the seller's calendar.
    valid_from: NaiveDate,
    /// First day it no longer counts.
    valid_until: Option<NaiveDate>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<&Versioned<TaxRule>> for StaffTaxRule {
    fn from(rule: &Versioned<TaxRule>) -> Self {
        Self {
            id: rule.id.to_string(),
            version: rule.version,
            name: rule.name.clone(),
            country: rule.country.as_ref().map(ToString::to_string),
            region: rule.region.clone(),
            customer_kind: rule.customer_kind.map(CustomerKind::as_str),
            rate: decimal(rule.rate),
            base_factor: StaffFraction {
                numerator: rule.base_factor.numerator(),
                denominator: rule.base_factor.denominator(),
            },
            mode: rule.mode.as_str(),
            valid_from: rule.valid_from,
            valid_until: rule.valid_until,
            created_at: rule.created_at,
        }
    }
}

fn answer(rule: &Versioned<TaxRule>) -> Tagged<StaffTaxRule> {
    tagged(rule.version, StaffTaxRule::from(rule))
}

/// All tax rules, those that ended too.
#[utoipa::path(get, path = "/api/v1/admin/tax-rules", tag = "admin: pricing",
    responses((status = 200, description = "Rules; at most 1000", body = StaffPage<StaffTaxRule>)))]
async fn list_tax_rules(
    State(app): State<AppState>,
) -> Result<Json<StaffPage<StaffTaxRule>>, Problem> {
    let rules = app.ports().store.tax_rules().await?;
    Ok(Json(StaffPage::whole(rules.iter().map(StaffTaxRule::from).collect())))
}

/// A tax rule to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTaxRule {
    /// What invoices print.
    #[schema(min_length = 1, max_length = 40, example = "PPN")]
    name: String,
    /// Buyers in this country; absent is everywhere.
    #[schema(example = "ID")]
    country: Option<String>,
    /// Buyers in this region of it.
    region: Option<String>,
    /// Buyers of this kind: `individual` or `company`.
    customer_kind: Option<String>,
    /// The statutory rate, a fraction of one as decimal text.
    #[schema(example = "0.12")]
    rate: String,
    /// The part of the price that is taxed; all of it unless said.
    base_factor: Option<StaffFraction>,
    /// `exclusive` or `inclusive`.
    #[schema(example = "exclusive")]
    mode: String,
    /// First day it counts, in the seller's calendar.
    valid_from: NaiveDate,
    /// First day it no longer counts.
    valid_until: Option<NaiveDate>,
}

fn wish(body: CreateTaxRule) -> Result<NewTaxRule, Problem> {
    let mut fields = Fields::default();
    let country = fields.parse_optional::<CountryCode>("/country", body.country.as_deref());
    let kind =
        fields.parse_optional::<CustomerKind>("/customer_kind", body.customer_kind.as_deref());
    let rate = rate(&mut fields, "/rate", &body.rate);
    let mode = fields.parse::<TaxMode>("/mode", &body.mode);
    let base_factor = match body.base_factor {
        None => Some(Ratio::ONE),
        Some(it) => it.parse(&mut fields),
    };
    fields.finish()?;
    let (Some(rate), Some(mode), Some(base_factor)) = (rate, mode, base_factor) else {
        return Err(Problem::internal());
    };
    Ok(NewTaxRule {
        name: body.name,
        country,
        region: body.region,
        customer_kind: kind,
        rate,
        base_factor,
        mode,
        valid_from: body.valid_from,
        valid_until: body.valid_until,
    })
}

/// Make a tax rule. Of the rules that match, the most particular one counts.
#[utoipa::path(post, path = "/api/v1/admin/tax-rules", tag = "admin: pricing", request_body = CreateTaxRule,
    responses((status = 201, description = "The rule", body = StaffTaxRule)))]
async fn create_tax_rule(
    State(app): State<AppState>,
    me: Principal,
    ApiJson(body): ApiJson<CreateTaxRule>,
) -> Result<(StatusCode, Tagged<StaffTaxRule>), Problem> {
    let made = configuration::create_tax_rule(app.ports(), &me.actor(), &wish(body)?).await;
    Ok((StatusCode::CREATED, answer(&made.map_err(refused)?)))
}

/// When a rule ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndTaxRule {
    /// The version you saw, unless `If-Match` says it.
    #[schema(minimum = 0)]
    version: Option<i64>,
    /// First day it no longer counts, in the seller's calendar; today or later.
    valid_until: NaiveDate,
}

/// End a tax rule. Documents that were issued keep their tax.
#[utoipa::path(post, path = "/api/v1/admin/tax-rules/{id}/end", tag = "admin: pricing", request_body = EndTaxRule,
    params(("id" = String, Path, description = "The rule"), ("If-Match" = Option<String>, Header, description = "The version you saw, in quotes")),
    responses((status = 200, description = "The rule", body = StaffTaxRule)))]
async fn end_tax_rule(
    State(app): State<AppState>,
    me: Principal,
    headers: HeaderMap,
    ApiPath(id): ApiPath<TaxRuleId>,
    ApiJson(body): ApiJson<EndTaxRule>,
) -> Result<Tagged<StaffTaxRule>, Problem> {
    let seen = Seen::new(&headers, body.version)?;
    let (ports, until) = (app.ports(), body.valid_until);
    let done = configuration::end_tax_rule(ports, &me.actor(), id, seen.version, until).await;
    Ok(answer(&done.map_err(|it| seen.refused(it))?))
}
