"""HTTP requests to public servers, and to private ones where that is permitted."""
