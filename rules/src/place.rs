//! Where assets stand, and how far apart.

/// Latitude and longitude in degrees (WGS 84).
pub(crate) type Place = (f64, f64);

/// The earth's mean radius in metres (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// The way over a sphere (haversine formula): half a percent from the true one at most, centimetres on short ways.
pub(crate) fn distance_m((lat_a, lon_a): Place, (lat_b, lon_b): Place) -> f64 {
    let half_sine = |degrees: f64| (degrees.to_radians() / 2.0).sin();
    let (north, east) = (half_sine(lat_b - lat_a), half_sine(lon_b - lon_a));
    let narrowing = lat_a.to_radians().cos() * lat_b.to_radians().cos();
    let chord = (north * north + narrowing * east * east).min(1.0);
    2.0 * EARTH_RADIUS_M * chord.sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::distance_m;

    #[test]
    fn a_degree_of_latitude_is_111_km() {
        let way = distance_m((21.0, 105.8), (22.0, 105.8));
        assert!((way - 111_195.0).abs() < 5.0, "{way}");
        assert!(distance_m((21.6, 105.8), (21.6, 105.8)).abs() < 1e-6);
    }
}
