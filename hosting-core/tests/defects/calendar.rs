//! D7: month ends, over years.

use chrono::{Datelike as _, NaiveDate};
use hosting_core::port::Clock as _;

use super::stage::{buy, shop};

/// A service that began on 31 January is billed for every month of three years, a leap year among
/// them, from the last day to the last day, with the 31st coming back after each short month.
#[tokio::test]
async fn a_service_of_the_thirty_first_has_every_month_of_three_years() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    let id = shop.subscriptions().await[0].id;
    for month in 1..=36 {
        let due = shop.subscriptions().await[0].next_renewal_at.unwrap();
        let days = (due - shop.clock.now()).num_days();
        shop.skip(days.max(0));
        shop.live(1).await;
        let renewal = shop.open_invoice().await;
        let renewal = renewal.unwrap_or_else(|| panic!("month {month} was not billed"));
        shop.pay(renewal.id).await;
    }
    let mut cycles = shop.store.cycles_of(id).await.unwrap();
    cycles.sort_by_key(|it| it.period_start);
    assert_eq!(cycles.len(), 37);
    let mut begins = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
    for cycle in &cycles {
        assert_eq!(cycle.period_start, begins, "no day is billed twice and none is left out");
        let next = cycle.period_end;
        let last_of_month = next.checked_add_days(chrono::Days::new(1)).unwrap().day() == 1;
        assert!(last_of_month, "{next} is not the last of its month");
        assert_eq!(
            (next.year() * 12 + next.month().cast_signed())
                - (begins.year() * 12 + begins.month().cast_signed()),
            1
        );
        begins = next;
    }
    assert_eq!(begins.to_string(), "2029-02-28");
    assert!(cycles.iter().any(|it| it.period_start.to_string() == "2028-02-29"));
    shop.check_books().await;
}
