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

    /// Over the pole, and a quarter of the equator: parts of a great circle.
    #[test]
    fn ways_to_the_east_narrow_towards_the_pole() {
        const CIRCLE_M: f64 = std::f64::consts::TAU * 6_371_008.8;
        for (from, to, part) in [
            ((60.0, 10.0), (60.0, -170.0), 1.0 / 6.0),
            ((0.0, 0.0), (0.0, 90.0), 0.25),
            // A triangle with three right angles.
            ((45.0, 0.0), (0.0, 90.0), 0.25),
        ] {
            let way = distance_m(from, to);
            assert!(
                (way - CIRCLE_M * part).abs() < 1.0,
                "{from:?} {to:?}: {way}"
            );
        }
    }
}
