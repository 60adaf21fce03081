// No page draws a chart; this stands in front of the theme's library, which every page would load.
