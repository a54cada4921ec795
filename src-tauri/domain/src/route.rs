//! Which way a referral goes, as the endpoints of its service in the directory say (BK-6).
//!
//! Whoever is to act on it gets it one way, over ITK or by hand. Everybody whom the directory names for a copy over ITK gets
//! one, whichever way that is: who is informed does not depend on how the service reads its referrals.

use serde::{Deserialize, Serialize};

use crate::service::{Service, ServiceEndpoint};

/// Where a referral goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "KeptRoute")]
pub struct Route {
    /// How it reaches whoever is to act on it.
    pub way: Way,
    /// Who gets a copy over ITK for information, in the directory's order.
    pub copies: Vec<ServiceEndpoint>,
}

/// How a referral reaches whoever is to act on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// Over ITK.
    Itk(ServiceEndpoint),
    /// By secure mail, by hand.
    Email(ServiceEndpoint),
    /// By telephone.
    Telephone(ServiceEndpoint),
    /// The directory names no way.
    None,
}

impl Way {
    /// Whether a person has to send it.
    #[must_use]
    pub const fn is_by_hand(&self) -> bool {
        match self {
            Self::Itk(_) => false,
            Self::Email(_) | Self::Telephone(_) | Self::None => true,
        }
    }

    /// A word for the record.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Itk(_) => "itk",
            Self::Email(_) => "email",
            Self::Telephone(_) => "telephone",
            Self::None => "none",
        }
    }
}

impl Route {
    /// The endpoint over ITK of whoever is to act on it; none where it goes by hand.
    #[must_use]
    pub const fn primary(&self) -> Option<&ServiceEndpoint> {
        match &self.way {
            Way::Itk(primary) => Some(primary),
            // What goes by hand goes to no address of ours.
            Way::Email(_) | Way::Telephone(_) | Way::None => None,
        }
    }

    /// Every endpoint that a message goes to, the primary one first.
    pub fn receivers(&self) -> impl Iterator<Item = &ServiceEndpoint> {
        self.primary().into_iter().chain(&self.copies)
    }
}

/// As records hold it: a route, or one of before copies stood beside the way.
#[derive(Deserialize)]
#[serde(untagged)]
enum KeptRoute {
    Now { way: Way, copies: Vec<ServiceEndpoint> },
    Before(RouteBefore),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum RouteBefore {
    Itk { primary: ServiceEndpoint, copies: Vec<ServiceEndpoint> },
    Email(ServiceEndpoint),
    Telephone(ServiceEndpoint),
    None,
}

impl From<KeptRoute> for Route {
    fn from(kept: KeptRoute) -> Self {
        let by_hand = |way| Self { way, copies: Vec::new() };
        match kept {
            KeptRoute::Now { way, copies } => Self { way, copies },
            KeptRoute::Before(RouteBefore::Itk { primary, copies }) => Self { way: Way::Itk(primary), copies },
            KeptRoute::Before(RouteBefore::Email(to)) => by_hand(Way::Email(to)),
            KeptRoute::Before(RouteBefore::Telephone(to)) => by_hand(Way::Telephone(to)),
            KeptRoute::Before(RouteBefore::None) => by_hand(Way::None),
        }
    }
}

impl Service {
    /// How a referral reaches the service: the first primary endpoint over ITK or by mail, in the directory's order, else the
    /// telephone; and beside it every copy over ITK.
    #[must_use]
    pub fn referral_route(&self) -> Route {
        let is = |text: &str, word: &str| text.trim().eq_ignore_ascii_case(word);
        let mut endpoints: Vec<&ServiceEndpoint> = self.endpoints.iter().collect();
        endpoints.sort_by_key(|endpoint| endpoint.order);
        let primaries = || endpoints.iter().copied().filter(|endpoint| is(&endpoint.business_scenario, "Primary"));
        let sent = primaries().find(|to| is(&to.transport, "itk") || is(&to.transport, "email"));
        let way = match sent.or_else(|| primaries().find(|to| is(&to.transport, "telno"))) {
            Some(to) if is(&to.transport, "itk") => Way::Itk(to.clone()),
            Some(to) if is(&to.transport, "email") => Way::Email(to.clone()),
            Some(to) => Way::Telephone(to.clone()),
            None => Way::None,
        };
        let copies = endpoints.iter().filter(|to| is(&to.transport, "itk") && to.is_copy());
        Route { way, copies: copies.map(|to| (*to).clone()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::service::tests::service;

    fn endpoint(order: u32, transport: &str, scenario: &str) -> ServiceEndpoint {
        ServiceEndpoint {
            order,
            transport: transport.to_owned(),
            format: "CDA".to_owned(),
            interaction: "urn:nhs-itk:interaction:x".to_owned(),
            business_scenario: scenario.to_owned(),
            address: format!("{transport}-{order}"),
            compression: String::new(),
            comment: String::new(),
        }
    }

    #[test]
    fn bk_6_a_referral_goes_to_the_first_primary_endpoint_or_by_hand_and_every_copy_over_itk_beside_either() {
        type Endpoints = &'static [(u32, &'static str, &'static str)];
        let table: [(Endpoints, &str, &[&str]); 15] = [
            (&[], "none", &[]),
            (&[(1, "http", "Primary")], "none", &[]),
            (&[(1, "itk", "Copy")], "none", &["itk-1"]),
            (&[(1, "itk", "")], "none", &[]),
            (&[(1, "telno", "Primary")], "telno-1", &[]),
            (&[(1, "telno", "Primary"), (2, "itk", "Primary")], "itk-2", &[]),
            (&[(2, "itk", "Primary"), (1, "email", "Primary")], "email-1", &[]),
            (&[(2, "email", "Primary"), (1, "itk", "Primary")], "itk-1", &[]),
            (&[(3, "itk", "Copy"), (1, "ITK", "PRIMARY"), (2, " Itk ", " copy ")], "ITK-1", &[" Itk -2", "itk-3"]),
            (&[(2, "itk", "Primary"), (1, "itk", "Primary")], "itk-1", &[]),
            (&[(1, "email", "Copy"), (2, "itk", "Primary"), (3, "itk", "Copy")], "itk-2", &["itk-3"]),
            (&[(1, "itk", "Copy"), (2, "email", "Primary")], "email-2", &["itk-1"]),
            (&[(3, "itk", "Copy"), (2, "itk", "Copy"), (1, "telno", "Primary")], "telno-1", &["itk-2", "itk-3"]),
            // A copy by mail is nobody's task: the standard's copies go over ITK.
            (&[(1, "telno", "Primary"), (2, "email", "Copy"), (3, "http", "Copy")], "telno-1", &[]),
            (&[(2, "email", "Primary"), (1, "telno", "Primary")], "email-2", &[]),
        ];
        for (endpoints, address, copies) in table {
            let mut service = service(&[], &[]);
            service.endpoints = endpoints.iter().map(|(order, by, to)| endpoint(*order, by, to)).collect();
            let route = service.referral_route();
            let told = match &route.way {
                Way::Itk(to) | Way::Email(to) | Way::Telephone(to) => to.address.as_str(),
                Way::None => "none",
            };
            let copied: Vec<_> = route.copies.iter().map(|to| to.address.as_str()).collect();
            assert_eq!((told, copied.as_slice()), (address, copies), "{endpoints:?}");
            let by_itk = told.to_lowercase().starts_with("itk");
            assert_eq!(route.way.is_by_hand(), !by_itk, "{endpoints:?}");
            let first = route.receivers().next().map(|to| to.address.as_str());
            assert_eq!(first, if by_itk { Some(address) } else { copies.first().copied() }, "{endpoints:?}: in order");
        }
    }

    #[test]
    fn a_route_reads_back_as_it_was_written_and_so_does_one_of_an_older_record() {
        let (itk, mail) = (endpoint(1, "itk", "Primary"), endpoint(1, "email", "Primary"));
        let copy = endpoint(2, "itk", "Copy");
        let routes = [Way::Itk(itk.clone()), Way::Email(mail.clone()), Way::Telephone(mail.clone()), Way::None]
            .map(|way| Route { way, copies: vec![copy.clone()] });
        for route in routes {
            let text = serde_json::to_string(&route).expect("JSON");
            assert_eq!(serde_json::from_str::<Route>(&text).expect("a route"), route, "{text}");
        }
        let older = [
            (json!({ "itk": { "primary": itk, "copies": [copy] } }), Way::Itk(itk), vec![copy]),
            (json!({ "email": mail }), Way::Email(mail.clone()), Vec::new()),
            (json!({ "telephone": mail }), Way::Telephone(mail), Vec::new()),
            (json!("none"), Way::None, Vec::new()),
        ];
        for (kept, way, copies) in older {
            let read: Route = serde_json::from_value(kept.clone()).expect("a route of before");
            assert_eq!(read, Route { way, copies }, "{kept}");
        }
    }
}
