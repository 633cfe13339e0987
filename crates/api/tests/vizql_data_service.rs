//! Messages of the VizQL Data Service, as its description has them.

use serde_json::json;
use tavola_api::vizql_data_service::{
    ErrorMessage, Event, EventMetadata, Metadata, QueryRequest, ReturnFormat, SortDirection, SupportedFunction,
};

/// A question with something of each kind.
fn question() -> serde_json::Value {
    json!({
        "datasource": {"datasourceLuid": "11111111-2222-3333-4444-555555555555"},
        "query": {
            "fields": [
                {"fieldCaption": "Category", "sortDirection": "DESC", "sortPriority": 1},
                {"fieldCaption": "Sales", "function": "SUM", "maxDecimalPlaces": 2, "fieldAlias": "Total"},
                {"fieldCaption": "AOV", "calculation": "SUM([Profit])/COUNTD([Order ID])"},
                {"fieldCaption": "Discount", "binSize": 5.0},
                {"fieldCaption": "Profit", "function": "SUM", "tableCalculation": {
                    "tableCalcType": "RUNNING_TOTAL",
                    "dimensions": [{"fieldCaption": "Category"}, {"fieldCaption": "Order Date", "function": "YEAR"}],
                    "restartEvery": {"fieldCaption": "Category"},
                    "customSort": {"fieldCaption": "Sales", "function": "SUM", "direction": "ASC"},
                    "secondaryTableCalculation": {
                        "tableCalcType": "RANK", "dimensions": [{"fieldCaption": "Category"}], "rankType": "MODIFIED COMPETITION"
                    }
                }}
            ],
            "filters": [
                {"field": {"fieldCaption": "Category"}, "filterType": "SET", "context": true, "exclude": false, "values": ["Ink", null]},
                {"field": {"fieldCaption": "Sales", "function": "SUM"}, "filterType": "QUANTITATIVE_NUMERICAL",
                 "quantitativeFilterType": "RANGE", "min": 1.0, "max": 2.5},
                {"field": {"calculation": "[State]"}, "filterType": "TOP", "howMany": 10, "direction": "TOP",
                 "fieldToMeasure": {"fieldCaption": "Profit", "function": "SUM"}},
                {"field": {"fieldCaption": "Order Date"}, "filterType": "DATE", "periodType": "MONTHS",
                 "dateRangeType": "LASTN", "rangeN": 3, "anchorDate": "2024-01-31"},
                {"field": {"fieldCaption": "State"}, "filterType": "CONDITION",
                 "condition": {"fieldCaption": "Sales", "function": "SUM", "comparison": ">=", "value": 100}}
            ],
            "parameters": [{"parameterCaption": "Top N", "value": 5}]
        },
        "options": {"returnFormat": "ARRAYS", "rowLimit": 100, "disaggregate": false}
    })
}

#[test]
fn a_question_is_read_and_written_without_loss() {
    let request: QueryRequest = serde_json::from_value(question()).unwrap();
    assert_eq!(serde_json::to_value(&request).unwrap(), question());
    assert_eq!(request.options.return_format, Some(ReturnFormat::Arrays));
    assert_eq!(request.query.fields[0].sort_direction, Some(SortDirection::Desc));
}

#[test]
fn a_property_the_description_does_not_have_is_refused_where_it_says_so() {
    let mut with_more = question();
    with_more["query"]["fields"][0]["colour"] = json!("red");
    let refused = serde_json::from_value::<QueryRequest>(with_more).unwrap_err().to_string();
    assert!(refused.starts_with("unknown field `colour`"), "{refused}");
    let mut with_option = question();
    with_option["options"]["futureOption"] = json!(true);
    assert!(serde_json::from_value::<QueryRequest>(with_option).is_ok());
}

#[test]
fn passwords_are_not_shown() {
    let mut with_password = question();
    with_password["datasource"]["connections"] =
        json!([{"connectionUsername": "ada", "connectionPassword": "lovelace"}]);
    let request: QueryRequest = serde_json::from_value(with_password).unwrap();
    let shown = format!("{request:?}");
    assert!(shown.contains("ada") && !shown.contains("lovelace"), "{shown}");
}

#[test]
fn answers_have_the_names_of_the_description() {
    let metadata: Metadata = serde_json::from_value(json!({
        "data": [{"fieldName": "Calculation_1", "fieldCaption": "Ratio", "dataType": "REAL", "defaultAggregation": "AGG",
                  "columnClass": "CALCULATION", "formula": "SUM([a])", "isLODCalc": false}],
        "extraData": {"parameters": [{"parameterType": "QUANTITATIVE_RANGE", "parameterCaption": "Top N", "dataType": "INTEGER",
                                      "value": 5, "min": 1.0, "max": 20.0, "step": 1.0}]}
    }))
    .unwrap();
    assert_eq!(metadata.data[0].is_lod_calc, Some(false));
    let function: SupportedFunction =
        serde_json::from_value(json!({"name": "LEN", "overloads": [{"arg_types": ["STR"], "return_type": "INT"}]}))
            .unwrap();
    assert_eq!(function.overloads[0].return_type, "INT");
    let refused = ErrorMessage {
        error_code: Some("404934".to_owned()),
        message: Some("no".to_owned()),
        tab_error_code: Some("0x1".to_owned()),
        ..ErrorMessage::default()
    };
    let written = json!({"errorCode": "404934", "message": "no", "tab-error-code": "0x1"});
    assert_eq!(serde_json::to_value(refused).unwrap(), written);
    let event = Event::Metadata(EventMetadata { row_count: Some(3) });
    assert_eq!(serde_json::to_value(event).unwrap(), json!({"event": "METADATA", "data": {"rowCount": 3}}));
}
