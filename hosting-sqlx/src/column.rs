//! How a value becomes a column and comes back.

use chrono::{DateTime, NaiveDate, Utc};
use hosting_core::{
    kernel::{
        BillingCycle, CountryCode, Currency, DomainName, Email, Entity, Id, Phone, Rate, Ratio,
        Sealed, Slug,
    },
    model::{
        AccountStatus, Actor, Address, AfterRefund, AppliesTo, CartItem, CartStatus, ConfirmedBy,
        CouponStatus, CouponUseStatus, CustomerKind, CustomerStatus, CycleStatus, Discount,
        DomainEvent, Feature, Instructions, InvoiceStatus, Job, KeptAnswerStatus, Lane, LineKind,
        OrderStatus, Party, PaymentStatus, Permission, PlanId, ProductId, ProductStatus,
        ProvisioningStatus, RecurringDiscount, RefundStatus, RefundWay, Role, ServerStatus,
        Subject, SubscriptionId, SubscriptionStatus, TaskAction, TaskStatus, TaxMode, TaxSummary,
        TokenPurpose, Usage, UserStatus, WebhookStatus,
        access::{PasswordHash, TokenHash},
        billing::Derivation,
    },
};

use crate::{batch::Batch, conn::Cells, statement::Kind};

/// Why a cell could not be read: what the driver or the parser says.
pub(crate) type Unreadable = Box<dyn std::error::Error + Send + Sync>;

/// A value that fits in one column.
pub(crate) trait Column: Sized {
    /// What the column holds.
    const KIND: Kind;
    /// Whether it may be empty.
    const NULLABLE: bool = false;
    /// Writes it under `name`; writing nothing is NULL.
    fn write(&self, name: &'static str, row: &mut Batch);
    /// Reads the cell at index `at`; `None` when it is NULL.
    fn read(cells: &dyn Cells, at: usize) -> Result<Option<Self>, Unreadable>;
    /// What NULL means, if anything.
    fn null() -> Option<Self> {
        None
    }
}

impl<T: Column> Column for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;
    fn write(&self, name: &'static str, row: &mut Batch) {
        if let Some(value) = self {
            value.write(name, row);
        }
    }
    fn read(cells: &dyn Cells, at: usize) -> Result<Option<Self>, Unreadable> {
        T::read(cells, at).map(Some)
    }
    fn null() -> Option<Self> {
        Some(None)
    }
}

impl<T: Entity> Column for Id<T> {
    const KIND: Kind = Kind::Id;
    fn write(&self, name: &'static str, row: &mut Batch) {
        row.text(name, &self.stored());
    }
    fn read(cells: &dyn Cells, at: usize) -> Result<Option<Self>, Unreadable> {
        Ok(cells.text(at)?.map(Self::from_stored).transpose()?)
    }
}

impl Column for i64 {
    const KIND: Kind = Kind::Int;
    fn write(&self, name: &'static str, row: &mut Batch) {
        row.int(name, *self);
    }
    fn read(cells: &dyn Cells, at: usize) -> Result<Option<Self>, Unreadable> {
        Ok(cells.int(at)?)
    }
}

impl Column for bool {
    const KIND: Kind = Kind::Flag;
    // Every dialect takes 1 and 0; not every one takes true and false.
    fn write(&self, name: &'static str, row: &mut Batch) {
        row.int(name, i64::from(*self));
    }
    fn read(cells: &dyn Cells, at: usize) -> Result<Option<Self>, Unreadable> {
        Ok(cells.flag(at)?)
    }
}

impl Column for DateTime<Utc> {
    const KIND: Kind = Kind::Instant;
    fn write(&self, name: &'static str, row: &mut Batch) {
        row.instant(name, *self);
    }
    fn read(cells: &dyn Cells, at: usize) -> Result<Option<Self>, Unreadable> {
        cells.instant(at)
    }
}

impl Column for NaiveDate {
    const KIND: Kind = Kind::Date;
    fn write(&self, name: &'static str, row: &mut Batch) {
        row.date(name, *self);
    }
    fn read(cells: &dyn Cells, at: usize) -> Result<Option<Self>, Unreadable> {
        cells.date(at)
    }
}

macro_rules! text_columns {
    ($($ty:ty: $write:expr, $read:expr;)+) => {$(
        impl Column for $ty {
            const KIND: Kind = Kind::Text;
            fn write(&self, name: &'static str, row: &mut Batch) {
                let text: fn(&$ty) -> std::borrow::Cow<'_, str> = $write;
                row.text(name, &text(self));
            }
            fn read(cells: &dyn Cells, at: usize) -> Result<Option<Self>, Unreadable> {
                let parse: fn(&str) -> Result<$ty, Unreadable> = $read;
                cells.text(at)?.map(parse).transpose()
            }
        }
    )+};
}

text_columns! {
    String: |it| it.as_str().into(), |text| Ok(text.to_owned());
    PasswordHash: |it| it.as_str().into(), |text| Ok(Self::new(text));
    TokenHash: |it| it.as_str().into(), |text| Ok(Self::new(text));
    Sealed: |it| it.as_str().into(), |text| Ok(Self::from_stored(text));
    Subject: |it| it.as_str().into(), |text| Ok(Self::from_stored(text));
    Currency: |it| it.code().into(), |text| Ok(text.parse()?);
    BillingCycle: |it| it.to_string().into(), |text| Ok(text.parse()?);
    Rate: |it| it.as_decimal().to_string().into(), |text| Ok(Self::new(text.parse()?)?);
}

macro_rules! named_columns {
    ($($ty:ty),+ $(,)?) => { text_columns! {$(
        $ty: |it| it.as_str().into(), |text| Ok(text.parse()?);
    )+} };
}

named_columns! {
    Email, Phone, Slug, CountryCode, DomainName,
    AccountStatus, AfterRefund, CartStatus, ConfirmedBy, CouponStatus, CouponUseStatus, CustomerKind, CustomerStatus,
    CycleStatus, InvoiceStatus, KeptAnswerStatus, Lane, LineKind, OrderStatus, PaymentStatus,
    ProductStatus, ProvisioningStatus, RefundStatus, RefundWay, Role, ServerStatus, SubscriptionStatus,
    TaskAction, TaskStatus, TaxMode, TokenPurpose, UserStatus, WebhookStatus,
}

macro_rules! json_columns {
    ($($ty:ty),+ $(,)?) => {$(
        impl Column for $ty {
            const KIND: Kind = Kind::Json;
            fn write(&self, name: &'static str, row: &mut Batch) {
                row.json(name, self);
            }
            fn read(cells: &dyn Cells, at: usize) -> Result<Option<Self>, Unreadable> {
                Ok(cells.text(at)?.map(serde_json::from_str).transpose()?)
            }
        }
    )+};
}

json_columns! {
    Actor, Address, AppliesTo, Derivation, Discount, DomainEvent, Instructions, Job, Party, Ratio,
    RecurringDiscount, Usage, serde_json::Value, Vec<CartItem>, Vec<Feature>, Vec<Permission>,
    Vec<PlanId>, Vec<ProductId>, Vec<SubscriptionId>, Vec<TaxSummary>,
}
